/* <sys/ttydefaults.h>: usual settings and special characters of terminals, by BSD's names. */
#ifndef _SYS_TTYDEFAULTS_H_
#define _SYS_TTYDEFAULTS_H_ 1

#define TTYDEF_IFLAG (BRKINT | ISTRIP | ICRNL | IMAXBEL | IXON | IXANY)
#define TTYDEF_OFLAG (OPOST | ONLCR | XTABS)
#define TTYDEF_LFLAG (ECHO | ICANON | ISIG | IEXTEN | ECHOE | ECHOKE | ECHOCTL)
#define TTYDEF_CFLAG (CREAD | CS7 | PARENB | HUPCL)
#define TTYDEF_SPEED (B9600)

#ifndef CTRL
#define CTRL(letter) ((letter) & 037)
#endif
#define CINTR CTRL('c')
#define CQUIT 034
#define CERASE 0177
#define CKILL CTRL('u')
#define CEOF CTRL('d')
#define CEOT CEOF
#define CEOL '\0'
#define CBRK CEOL
#define CSTATUS '\0'
#define CMIN 1
#define CTIME 0
#define CSTART CTRL('q')
#define CSTOP CTRL('s')
#define CSUSP CTRL('z')
#define CDSUSP CTRL('y')
#define CREPRINT CTRL('r')
#define CRPRNT CREPRINT
#define CDISCARD CTRL('o')
#define CFLUSH CDISCARD
#define CWERASE CTRL('w')
#define CLNEXT CTRL('v')

#endif
