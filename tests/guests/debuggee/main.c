/* SPDX-License-Identifier: MIT */
/* debuggee: what tests/boot/gdb.sh breaks, watches and steps. Compiled -O0 -g. */
extern int call_system(int value);
int main(void);

volatile unsigned ticks, period = 20; /* of the decrementer's handler */
volatile int shared = 7;
volatile double real = 1.5;
int seen;

static int square(int value)
{
    int result = value * value;
    return result;
}

static int sum_to(int last)
{
    int sum = 0;
    for (int i = 1; i <= last; i++) {
        sum += i;
    }
    return sum;
}

static void share(int value)
{
    shared = value;
    seen = shared;
}

int main(void)
{
    int total = square(6);
    total += sum_to(10);
    share(total);
    total = call_system(total);
    share(total);
    for (int i = 0; i < 1000; i++) {
        total += square(i) & 1;
    }
    real = real * 2;
    return total & 0x7f;
}
