/* SPDX-License-Identifier: MIT */
/*
 * Floating-point kernels for bare metal: run() does KERNEL, REPEATS times. Ordinary loops as compilers
 * make them of numerical programs; no library, no integer tricks.
 */
#define CONCAT_(a, b) a##b
#define CONCAT(a, b) CONCAT_(a, b)

void run(void);

double sink; /* results end here, so that nothing is optimised away */

static unsigned chance_state = 12345;

static double chance(void)
{
    chance_state = chance_state * 1103515245u + 12345u;
    return (double)(int)(chance_state >> 8) / 16777216.0 + 0.5;
}

static void none(void) {}

/* C = A * B, 64 by 64. */
static void matmul(void)
{
    enum { N = 64 };
    static double a[N][N], b[N][N], c[N][N];
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            a[i][j] = chance();
            b[i][j] = chance() - 1;
        }
    }
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int k = 0; k < N; k++) {
                sum += a[i][k] * b[k][j];
            }
            c[i][j] = sum;
        }
    }
    sink += c[3][5];
}

/* Elimination with partial pivoting, 48 by 48, as in LINPACK. */
static void linpack(void)
{
    enum { N = 48 };
    static double a[N][N], x[N];
    for (int i = 0; i < N; i++) {
        x[i] = chance();
        for (int j = 0; j < N; j++) {
            a[i][j] = chance() - 1;
        }
    }
    for (int k = 0; k < N; k++) {
        int pivot = k;
        for (int i = k + 1; i < N; i++) {
            if (__builtin_fabs(a[i][k]) > __builtin_fabs(a[pivot][k])) {
                pivot = i;
            }
        }
        for (int j = 0; j < N; j++) {
            double swap = a[k][j];
            a[k][j] = a[pivot][j];
            a[pivot][j] = swap;
        }
        for (int i = k + 1; i < N; i++) {
            double factor = a[i][k] / a[k][k];
            for (int j = k; j < N; j++) {
                a[i][j] -= factor * a[k][j];
            }
            x[i] -= factor * x[k];
        }
    }
    sink += x[N - 1] / a[N - 1][N - 1];
}

static double square_root(double a)
{
    double x = a > 1 ? a : 1;
    for (int i = 0; i < 12; i++) {
        x = 0.5 * (x + a / x);
    }
    return x;
}

/* Five bodies, 40 steps. */
static void nbody(void)
{
    enum { BODIES = 5, STEPS = 40 };
    static double p[BODIES][3], v[BODIES][3], mass[BODIES];
    for (int i = 0; i < BODIES; i++) {
        mass[i] = chance();
        for (int j = 0; j < 3; j++) {
            p[i][j] = 10 * chance() + i;
            v[i][j] = chance() - 1;
        }
    }
    for (int step = 0; step < STEPS; step++) {
        for (int i = 0; i < BODIES; i++) {
            for (int j = i + 1; j < BODIES; j++) {
                double d[3], square = 0.01;
                for (int k = 0; k < 3; k++) {
                    d[k] = p[i][k] - p[j][k];
                    square += d[k] * d[k];
                }
                double pull = 0.01 / (square * square_root(square));
                for (int k = 0; k < 3; k++) {
                    v[i][k] -= d[k] * mass[j] * pull;
                    v[j][k] += d[k] * mass[i] * pull;
                }
            }
        }
        for (int i = 0; i < BODIES; i++) {
            for (int k = 0; k < 3; k++) {
                p[i][k] += 0.01 * v[i][k];
            }
        }
    }
    sink += p[0][0];
}

static void mandelbrot(void)
{
    int inside = 0;
    for (int row = 0; row < 24; row++) {
        for (int column = 0; column < 32; column++) {
            double cx = column / 16.0 - 1.5, cy = row / 12.0 - 1.0, x = 0, y = 0;
            int n = 0;
            while (n < 100 && x * x + y * y < 4) {
                double t = x * x - y * y + cx;
                y = 2 * x * y + cy;
                x = t;
                n++;
            }
            inside += n;
        }
    }
    sink += inside;
}

/* Radix 2, 256 complex points; the twiddle factors by recurrence. */
static void fft(void)
{
    enum { N = 256 };
    static double re[N], im[N];
    for (int i = 0; i < N; i++) {
        re[i] = chance();
        im[i] = chance() - 1;
    }
    double wr0 = -1, wi0 = 0;
    for (int size = N / 2; size >= 1; size /= 2) {
        double wr = 1, wi = 0;
        for (int k = 0; k < size; k++) {
            for (int i = k; i < N; i += 2 * size) {
                int j = i + size;
                double dr = re[i] - re[j], di = im[i] - im[j];
                re[i] += re[j];
                im[i] += im[j];
                re[j] = dr * wr - di * wi;
                im[j] = dr * wi + di * wr;
            }
            double t = wr * wr0 - wi * wi0;
            wi = wr * wi0 + wi * wr0;
            wr = t;
        }
        wr0 = wr0 * 0.99 + 0.001;
        wi0 = wi0 * 0.5 - 0.1;
    }
    sink += re[7];
}

/* Single precision: a filter of 32 taps over 1024 samples. */
static void fir(void)
{
    enum { TAPS = 32, SAMPLES = 1024 };
    static float in[SAMPLES + TAPS], tap[TAPS], out[SAMPLES];
    for (int i = 0; i < SAMPLES + TAPS; i++) {
        in[i] = (float)chance();
        tap[i % TAPS] = in[i] - 1;
    }
    for (int i = 0; i < SAMPLES; i++) {
        float sum = 0;
        for (int k = 0; k < TAPS; k++) {
            sum += in[i + k] * tap[k];
        }
        out[i] = sum;
    }
    sink += out[9];
}

/* Every kernel is used, so that none is reported as unused. */
static void (*const kernels[])(void) = {none, matmul, linpack, nbody, mandelbrot, fft, fir};
enum {
    none_number,
    matmul_number,
    linpack_number,
    nbody_number,
    mandelbrot_number,
    fft_number,
    fir_number
};

void run(void)
{
    for (int i = 0; i < REPEATS; i++) {
        kernels[CONCAT(KERNEL, _number)]();
    }
}
