"""Writes the reference vectors beside this script with NumPy, SciPy and whole-number counting.

Run it from anywhere: python3 reference.py. The versions used are stored in every file; the committed files
were made with Python 3.11.7, NumPy 2.4.6 and SciPy 1.17.1. Nothing here is shared with the library.
"""

import itertools
import json
import math
import pathlib
import sys
from fractions import Fraction

import numpy
import scipy
from scipy import stats

HERE = pathlib.Path(__file__).parent
MADE_WITH = {"python": sys.version.split()[0], "numpy": numpy.__version__, "scipy": scipy.__version__}
random = numpy.random.default_rng(20261122)


def write(name, cases):
    text = json.dumps({"made_with": MADE_WITH, "cases": cases}, indent=1, default=float)
    (HERE / f"{name}.json").write_text(text + "\n")
    print(f"{name}: {len(cases)} cases")


def samples(count, shape):
    """Rounded to six places, so that text and binary hold the same number of digits."""
    draws = {
        "normal": lambda: random.normal(0.4, 1.0, count),
        "heavy": lambda: random.standard_t(2, count),
        "bimodal": lambda: random.choice([-3.0, 3.0], count) + random.normal(0.2, 0.5, count),
        "tied": lambda: random.integers(-3, 6, count).astype(float),
        "large": lambda: 1e9 + random.normal(0.0, 10.0, count),
    }
    return [round(float(value), 6) for value in draws[shape]()]


def summary():
    cases = []
    for count, shape in itertools.product([1, 2, 3, 4, 5, 10, 101], ["normal", "heavy", "tied", "large"]):
        values = samples(count, shape)
        fractions = [0.0, 0.1, 0.25, 1 / 3, 0.5, 0.75, 0.95, 1.0]
        cases.append({
            "values": values,
            "min": min(values),
            "max": max(values),
            "mean": numpy.mean(values),
            "median": numpy.median(values),
            "standard_deviation": numpy.std(values, ddof=1) if count > 1 else None,
            "median_absolute_deviation": stats.median_abs_deviation(values),
            "interquartile_range": stats.iqr(values),
            "quantiles": [[f, numpy.quantile(values, f, method="linear")] for f in fractions],
        })
    write("summary", cases)


def median_interval():
    """The place and the achieved level, from SciPy's binomial distribution."""
    cases = []
    for level in [0.5, 0.8, 0.9, 0.95, 0.99, 0.998]:
        for count in [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 20, 21, 40, 57, 100, 101, 500, 1025, 3000]:
            # Half a part in 10^12 decides ties of a level met exactly, which SciPy may round either way.
            within = [d for d in range(1, count // 2 + 1)
                      if 2 * stats.binom.cdf(d - 1, count, 0.5) <= (1 - level) * (1 + 5e-13)]
            place = max(within, default=None)
            achieved = 1 - 2 * stats.binom.cdf(place - 1, count, 0.5) if place else None
            cases.append({"count": count, "level": level, "place": place, "achieved": achieved})
    write("median_interval", cases)


def signed_rank():
    """Untied lists by scipy.stats.wilcoxon's exact mode, tied ones by its enumeration of every sign flip."""
    cases = []

    def add(values, kind, **options):
        result = stats.wilcoxon(values, zero_method="pratt", alternative="two-sided", **options)
        cases.append({"values": values, "kind": kind, "p": result.pvalue})

    for count, shape in itertools.product([1, 2, 5, 6, 10, 14, 20, 40, 80, 200], ["normal", "heavy", "bimodal"]):
        values = samples(count, shape)
        assert len({abs(value) for value in values} | {0.0}) == count + 1, "meant to be untied"
        add(values, "exact", method="exact")
    for count in [2, 3, 5, 8, 10, 12]:
        for _ in range(4):
            values = samples(count, "tied")
            if any(values):
                add(values, "exact", method=stats.PermutationMethod(n_resamples=numpy.inf))
    for shape in ["normal", "heavy"]:
        add(samples(201, shape), "approximate", method="approx", correction=True)
        add(samples(500, shape), "approximate", method="approx", correction=True)
    write("signed_rank", cases)


def mann_whitney():
    cases = []

    def add(reference, other, kind, **options):
        result = stats.mannwhitneyu(other, reference, alternative="two-sided", **options)
        cases.append({"reference": reference, "other": other, "kind": kind,
                      "u": result.statistic, "p": result.pvalue})

    for n, m in [(1, 1), (1, 9), (3, 3), (5, 4), (7, 12), (10, 10), (20, 30), (40, 40), (50, 50), (3, 200)]:
        for shape in ["normal", "heavy"]:
            add(samples(n, shape), samples(m, shape), "exact", method="exact")
    for n, m in [(2, 2), (3, 4), (5, 5), (4, 8), (7, 6)]:
        for _ in range(3):
            exact = stats.PermutationMethod(n_resamples=numpy.inf)
            add(samples(n, "tied"), samples(m, "tied"), "exact", method=exact)
    for n, m in [(60, 50), (300, 100)]:
        for shape in ["normal", "tied"]:
            add(samples(n, shape), samples(m, shape), "approximate", method="asymptotic", use_continuity=True)
    write("mann_whitney", cases)


def innermost_place(counts, level):
    """The largest k with 2 P(S <= k - 1) <= 1 - level, in whole numbers."""
    total, below, place = sum(counts), 0, None
    achieved = None
    for index, count in enumerate(counts):
        below += count
        if Fraction(2 * below, total) > 1 - Fraction(level):
            break
        place, achieved = index + 1, float(1 - Fraction(2 * below, total))
    return place, achieved


def product_of(polynomials):
    result = [1]
    for factor in polynomials:
        following = [0] * (len(result) + max(factor))
        for power in factor:
            for index, value in enumerate(result):
                following[index + power] += value
        result = following
    return result


def rank_sum_counts(n, m):
    """Of U, by Mann and Whitney's recursion f(n, m, u) = f(n - 1, m, u - m) + f(n, m - 1, u)."""
    table = {}
    for i in range(n + 1):
        for j in range(m + 1):
            row = [0] * (i * j + 1)
            if i == 0 or j == 0:
                row[0] = 1
            else:
                for u, count in enumerate(table[i - 1, j]):
                    row[u + j] += count
                for u, count in enumerate(table[i, j - 1]):
                    row[u] += count
            table[i, j] = row
    return table[n, m]


def hodges_lehmann():
    """Every pair listed and sorted; the null distributions counted in whole numbers."""
    centres, shifts = [], []
    for count, shape in itertools.product([1, 2, 5, 6, 9, 20, 81, 200], ["normal", "bimodal", "tied"]):
        values = samples(count, shape)
        averages = sorted((a + b) / 2 for a, b in itertools.combinations_with_replacement(values, 2))
        counts = product_of([0, rank] for rank in range(1, count + 1))
        for level in [0.9, 0.95, 0.99]:
            place, achieved = innermost_place(counts, level)
            centres.append({
                "values": values, "level": level, "point": numpy.median(averages), "achieved": achieved,
                "bounds": [averages[place - 1], averages[-place]] if place else None,
            })
    for (n, m), shape in itertools.product([(1, 1), (3, 3), (4, 4), (6, 11), (20, 15), (50, 50)], ["normal", "tied"]):
        reference, other = samples(n, shape), samples(m, shape)
        differences = sorted(b - a for a in reference for b in other)
        counts = rank_sum_counts(n, m)
        for level in [0.9, 0.95, 0.99]:
            place, achieved = innermost_place(counts, level)
            shifts.append({
                "reference": reference, "other": other, "level": level,
                "point": numpy.median(differences), "achieved": achieved,
                "bounds": [differences[place - 1], differences[-place]] if place else None,
            })
    write("hodges_lehmann", centres)
    write("shift", shifts)


def holm_by_definition(p_values):
    """SciPy has no Holm: adjusted p is the largest (m - rank + 1) p over the ranks so far, at most one."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, (len(p_values) - rank) * p_values[index])
        adjusted[index] = min(1.0, largest)
    return adjusted


def multiple():
    lists = [[0.5], [0.0, 1.0], [0.04, 0.01, 0.03, 0.02], [0.2, 0.2, 0.2, 0.001]]
    lists += [[round(float(p), 8) for p in random.beta(0.4, 1.5, count)] for count in [5, 20, 200]]
    write("multiple", [{
        "p": p_values,
        "benjamini_hochberg": list(stats.false_discovery_control(p_values, method="bh")),
        "holm": holm_by_definition(p_values),
    } for p_values in lists])


def geomean():
    cases = []
    for count, level in itertools.product([2, 3, 4, 9, 30, 101], [0.9, 0.95, 0.999]):
        values = [round(float(value), 6) for value in numpy.exp(random.normal(0.1, 0.3, count))]
        logs = numpy.log(values)
        interval = stats.ttest_1samp(logs, 0.0).confidence_interval(level)
        cases.append({"values": values, "level": level, "point": stats.gmean(values),
                      "bounds": [math.exp(interval.low), math.exp(interval.high)]})
    write("geomean", cases)


for make in [summary, median_interval, signed_rank, mann_whitney, hodges_lehmann, multiple, geomean]:
    make()
