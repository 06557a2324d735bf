# Numbers and days.
factor 12 97 1001
cal 2 2024
cal 9 1752
