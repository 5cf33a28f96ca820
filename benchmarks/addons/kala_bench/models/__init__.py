from . import kala_bench_row
