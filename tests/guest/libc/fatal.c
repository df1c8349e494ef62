// Sends itself the signal that its argument names, also if whoever started it has it ignored, as shells do for what runs
// in the background.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
    int number = argc > 1 ? atoi(argv[1]) : SIGABRT;
    signal(number, SIG_DFL);
    kill(getpid(), number);
    for (;;) pause();
}
