/* The locale object under its reserved name. */
#include <bits/types/locale_t.h>
