// Sends itself the signal that its argument names.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
    kill(getpid(), argc > 1 ? atoi(argv[1]) : SIGABRT);
    for (;;) pause();
}
