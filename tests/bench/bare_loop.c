/* The yardstick: many Modbus TCP slaves polled once a second by the least that can do it: one
 * epoll, one timer, no protocol but the bytes of one request. Ends on SIGTERM.
 * Usage: bench_bare_loop REGISTERS < PORTS (one a line). Prints {"slaves": N} once connected. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { most_slaves = 4096, most_events = 64 };
static const int64_t second = 1000000000;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * second + time.tv_nsec;
}

static int connect_to(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int slave = socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(slave, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return connect(slave, (struct sockaddr*)&address, sizeof(address)) == 0 ? slave : -1;
}

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    static int slaves[most_slaves];
    int count = 0;
    int port = 0;
    const int loop = epoll_create1(0);
    while (count < most_slaves && scanf("%d", &port) == 1) {
        if ((slaves[count] = connect_to(port)) < 0) return 1;
        struct epoll_event event = {.events = EPOLLIN, .data.fd = slaves[count++]};
        epoll_ctl(loop, EPOLL_CTL_ADD, event.data.fd, &event);
    }
    if (count == 0) return 2;
    printf("{\"slaves\": %d}\n", count);
    fflush(stdout);
    const int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = timer};
    epoll_ctl(loop, EPOLL_CTL_ADD, timer, &event);
    uint8_t request[12] = {0, 0, 0, 0, 0, 6, 1, 3, 0, 0, 0, (uint8_t)atoi(argv[1])};
    const int64_t begin = now();
    int64_t turn = 0; /* of all slaves, one behind the other over the second */
    for (;;) {
        while (begin + turn * second / count <= now()) {
            if (write(slaves[turn++ % count], request, sizeof(request)) < 0) return 1;
        }
        const int64_t next = begin + turn * second / count;
        const struct itimerspec at = {.it_value = {next / second, next % second}};
        timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
        struct epoll_event events[most_events];
        const int ready = epoll_wait(loop, events, most_events, -1);
        for (int i = 0; i < ready; ++i) {
            uint8_t answer[512];
            if (read(events[i].data.fd, answer, sizeof(answer)) <= 0) return 1;
        }
    }
}
