/* A function that overruns its buffer ends the program. 
   test-flags: -fstack-protector-all
   test-status: 134 */
static volatile int length = 200;
__attribute__((noinline)) static int overruns(void)
{
    volatile char buffer[16];
    for (int i = 0; i < length; i++)
        buffer[i] = 'x';
    return buffer[3];
}
int main(void) { return overruns(); }
