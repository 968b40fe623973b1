/* SPDX-License-Identifier: MIT */
/* Floating point in programs: matrix product, five bodies, a set of points, a single-precision filter. */
#include "bench/linux/bench.h"

#include <math.h>

enum { SIZE = 64 };
static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

static uint32_t checksum(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return (uint32_t)(bits >> 32 ^ bits);
}

static uint32_t matrix(uint32_t times)
{
    for (int i = 0; i < SIZE; i++) {
        for (int j = 0; j < SIZE; j++) {
            a[i][j] = (i * 3 + j) % 7 + 0.1;
            b[i][j] = (i + j * 5) % 11 - 0.3;
        }
    }
    while (times--) {
        for (int i = 0; i < SIZE; i++) {
            for (int j = 0; j < SIZE; j++) {
                double sum = 0;
                for (int k = 0; k < SIZE; k++) {
                    sum += a[i][k] * b[k][j];
                }
                c[i][j] = sum;
            }
        }
        a[times % SIZE][3] = c[5][times % SIZE] > 100 ? 1.5 : 2.1;
    }
    return checksum(c[7][9] + c[9][7]);
}

typedef struct Body {
    double x[3], v[3], mass;
} Body;

static uint32_t bodies(uint32_t times)
{
    Body body[5];
    for (int i = 0; i < 5; i++) {
        body[i] = (Body){
            {i * 1.7, i * -0.9 + 1, i * 0.4 - 2}, {0.01 * i, 0.02, -0.01}, 1.0 / (i + 1)};
    }
    while (times--) {
        for (int i = 0; i < 5; i++) {
            for (int j = i + 1; j < 5; j++) {
                double d[3], square = 0;
                for (int k = 0; k < 3; k++) {
                    d[k] = body[i].x[k] - body[j].x[k];
                    square += d[k] * d[k];
                }
                double strength = 0.001 / (square * (1 + square * 0.5) + 0.01);
                for (int k = 0; k < 3; k++) {
                    body[i].v[k] -= d[k] * body[j].mass * strength;
                    body[j].v[k] += d[k] * body[i].mass * strength;
                }
            }
        }
        for (int i = 0; i < 5; i++) {
            for (int k = 0; k < 3; k++) {
                body[i].x[k] += 0.001 * body[i].v[k];
            }
        }
    }
    return checksum(body[0].x[0] + body[4].v[2]);
}

static uint32_t points(uint32_t times)
{
    uint32_t inside = 0;
    while (times--) {
        for (int row = 0; row < 32; row++) {
            for (int column = 0; column < 32; column++) {
                double x0 = column / 16.0 - 1.5, y0 = row / 16.0 - 1, x = 0, y = 0;
                int i = 0;
                for (; i < 100 && x * x + y * y < 4; i++) {
                    double t = x * x - y * y + x0;
                    y = 2 * x * y + y0;
                    x = t;
                }
                inside += i == 100;
            }
        }
    }
    return inside;
}

static uint32_t filter(uint32_t times)
{
    static float signal[1024], taps[32], result[1024];
    for (int i = 0; i < 1024; i++) {
        signal[i] = (float)(i % 17) - 8;
    }
    for (int i = 0; i < 32; i++) {
        taps[i] = 1.0f / (float)(i + 3);
    }
    while (times--) {
        for (int i = 32; i < 1024; i++) {
            float sum = 0;
            for (int k = 0; k < 32; k++) {
                sum += signal[i - k] * taps[k];
            }
            result[i] = sum;
        }
        signal[times & 1023] = result[times & 511];
    }
    return checksum(result[77]);
}

int main(int argc, char **argv)
{
    static const Work works[] = {
        {"matrix", matrix, 60},  {"bodies", bodies, 25000}, {"points", points, 60},
        {"filter", filter, 200}, {NULL, NULL, 0},
    };
    return bench_main(argc, argv, works);
}
