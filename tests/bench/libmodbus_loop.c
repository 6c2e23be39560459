/* The yardstick: one Modbus TCP slave read as fast as it answers by a bare libmodbus loop.
 * Usage: bench_libmodbus_loop PORT REGISTERS SECONDS. Prints one JSON object. */
#include <errno.h>
#include <modbus.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static double seconds_of(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    const int registers = atoi(argv[2]);
    const double length = atof(argv[3]);
    uint16_t values[125];
    modbus_t* slave = modbus_new_tcp("127.0.0.1", atoi(argv[1]));
    if (slave == NULL || registers < 1 || registers > 125) return 2;
    modbus_set_slave(slave, 1);
    if (modbus_connect(slave) != 0) {
        fprintf(stderr, "connect: %s\n", modbus_strerror(errno));
        return 1;
    }
    long requests = 0;
    const double begin = seconds_of(CLOCK_MONOTONIC);
    const double cpu_begin = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    double now = begin;
    while (now - begin < length) {
        if (modbus_read_registers(slave, 0, registers, values) != registers) {
            fprintf(stderr, "read: %s\n", modbus_strerror(errno));
            return 1;
        }
        ++requests;
        now = seconds_of(CLOCK_MONOTONIC);
    }
    const double cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu_begin;
    printf("{\"requests_per_second\": %.0f, \"cpu_s_per_million_registers\": %.4f}\n",
           (double)requests / (now - begin), cpu * 1e6 / ((double)requests * registers));
    modbus_close(slave);
    modbus_free(slave);
    return 0;
}
