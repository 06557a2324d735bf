/* A block that is freed twice ends the program. test-status: 134 */
#include <stdlib.h>
static void *volatile block;
int main(void)
{
    block = malloc(100);
    free(block);
    free(block);
    return 0;
}
