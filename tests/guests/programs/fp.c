/* SPDX-License-Identifier: MIT */
/*
 * A program that uses floating point as programs do: sums, roots, a matrix, libm, conversions, printf and
 * scanf of doubles, the four directions of rounding. The output is the same on every machine.
 * Source: none (own design). Not here: fnmadd and fnmsub in directed rounding, where QEMU 7.2 is wrong.
 */
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static double any(void)
{
    static uint32_t chance = 777;
    chance = chance * 1664525u + 1013904223u;
    return (double)(int32_t)chance / 1048576.0;
}

static void libm(void)
{
    for (int i = 0; i < 24; i++) {
        double x = any();
        printf("%a %a %a %a %a\n", x, sin(x), exp(x / 256), log(fabs(x) + 0.1), atan2(x, 3));
        printf("%a %a %a %a\n", sqrt(fabs(x)), cbrt(x), pow(fabs(x), 0.3), fmod(x, 1.7));
    }
}

static void matrix(void)
{
    static double a[16][16], b[16][16], c[16][16];
    double trace = 0;
    for (int i = 0; i < 256; i++) {
        a[i / 16][i % 16] = any();
        b[i / 16][i % 16] = any() / 7;
    }
    for (int i = 0; i < 16; i++) {
        for (int j = 0; j < 16; j++) {
            for (int k = 0; k < 16; k++) {
                c[i][j] += a[i][k] * b[k][j];
            }
        }
        trace += c[i][i];
    }
    printf("trace %a corner %a\n", trace, c[15][15]);
}

static void directions(void)
{
    static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    for (int i = 0; i < 4; i++) {
        volatile double one = 1, three = 3, tiny = 0x1p-1060, huge = 0x1.8p1023;
        volatile float small = 0x1.fffffep-100f;
        fesetround(modes[i]);
        feclearexcept(FE_ALL_EXCEPT);
        double third = one / three;
        int inexact = fetestexcept(FE_INEXACT) != 0;
        double denormal = tiny / three;
        int underflow = fetestexcept(FE_UNDERFLOW) != 0;
        double most = huge * three;
        int overflow = fetestexcept(FE_OVERFLOW) != 0;
        printf("%d: %a %a %d %a %d %a %d", i, third, -one / three, inexact, denormal, underflow,
               most, overflow);
        printf(" %a %a", (double)(small * small), (double)(float)(one / three));
        printf(" %ld %ld %a\n", lrint(2.5 * one), lrint(-3.7 * one), rint(0.5 * one));
    }
    fesetround(FE_TONEAREST);
}

static void specials(void)
{
    volatile double zero = 0, one = 1, infinity = one / zero, nan = zero / zero;
    printf("%f %f %d %d %d\n", infinity, -infinity, isnan(nan), nan == nan, infinity > 1e308);
    printf("%a %a %d\n", fma(0x1.0000001p0 * one, 0x1.0000001p0, -1), hypot(3e200 * one, 4e200),
           ilogb(0x1p-1070 * one));
    printf("%d %d %u\n", (int)(2147483647.0 * one), (int)(-2147483648.0 * one),
           (unsigned)(4294967295.0 * one));
    printf("%lld %.17g %.9g\n", (long long)(9e15 * one), one / 3, (double)(float)(one / 3));
}

static void text(void)
{
    static const char *const numbers[] = {"1e-320", "3.141592653589793", "1.7976931348623157e308",
                                          "123456789e-9", "0x1.8p-3"};
    for (unsigned i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        double x = strtod(numbers[i], NULL);
        printf("%s %a %.20g %a\n", numbers[i], x, x, (double)strtof(numbers[i], NULL));
    }
}

int main(void)
{
    libm();
    matrix();
    directions();
    specials();
    text();
    return 0;
}
