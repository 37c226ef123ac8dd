"""Writes the reference vectors of sequential verdicts, resampling, trends, jumps and combined effects.

Run it from anywhere: python3 inference.py. The versions used are stored in every file; the committed files
were made with Python 3.11.7, NumPy 2.4.6, SciPy 1.17.1, statsmodels 0.15.0 and ruptures 1.1.10. Nothing here
is shared with the library.
"""

import itertools
import json
import math
import pathlib
import sys
from fractions import Fraction

import numpy
import ruptures
import scipy
import statsmodels
from scipy import optimize, stats
from statsmodels.stats.meta_analysis import combine_effects

HERE = pathlib.Path(__file__).parent
MADE_WITH = {
    "python": sys.version.split()[0],
    **{module.__name__: module.__version__ for module in [numpy, scipy, statsmodels, ruptures]},
}
random = numpy.random.default_rng(20261124)


def write(name, cases):
    text = json.dumps({"made_with": MADE_WITH, "cases": cases}, indent=1, default=float)
    (HERE / f"{name}.json").write_text(text + "\n")
    print(f"{name}: {len(cases)} cases")


def rounded(values):
    """Six places, so that text and binary hold the same number of digits."""
    return [round(float(value), 6) for value in values]


def noise(shape, count):
    return {
        "normal": lambda: random.normal(0.0, 0.01, count),
        "heavy": lambda: 0.005 * random.standard_t(2, count),
        "bimodal": lambda: 0.02 * random.choice([-1, 1], count) + random.normal(0.0, 0.003, count),
        "quiet": lambda: random.normal(0.0, 0.003, count),
    }[shape]()


def product_of(polynomials):
    result = [1]
    for factor in polynomials:
        following = [0] * (len(result) + len(factor) - 1)
        for power, times in enumerate(factor):
            if times:
                for index, value in enumerate(result):
                    following[index + power] += times * value
        result = following
    return result


def rank_sum_counts(n, m):
    """The Gaussian binomial coefficient, by dividing polynomials with whole coefficients."""
    result = product_of([[1] + [0] * (m + i - 1) + [-1] for i in range(1, n + 1)])
    for i in range(1, n + 1):
        quotient = result[:]
        for index in range(i, len(quotient)):
            quotient[index] += quotient[index - i]
        result = quotient
    return result[: n * m + 1]


def place_of(counts, alpha):
    """The largest k with 2 P(S <= k - 1) <= alpha, in whole numbers."""
    total, below, place = sum(counts), 0, None
    for index, count in enumerate(counts):
        below += count
        if Fraction(2 * below, total) > alpha:
            return place
        place = index + 1
    return place


LOOKS = [(10, "0.002"), (14, "0.002"), (20, "0.0015"), (28, "0.0015"), (40, "0.001"), (56, "0.001"), (80, "0.001")]


def standing(pairs_at, counts_at, p_at, counts, margin):
    """The rule as it is written: every pair listed and sorted, nothing shared between looks."""
    valid, result = Fraction(1), None
    for look_index, (count, alpha) in enumerate(LOOKS):
        if count > counts:
            break
        pairs, null = sorted(pairs_at(count)), counts_at(count)
        p, alpha = p_at(count), Fraction(alpha)
        against = min(sum(pair <= 0 for pair in pairs), sum(pair >= 0 for pair in pairs))
        assert abs(p - min(1.0, 2 * sum(null[:against + 1]) / sum(null))) < 1e-12, "SciPy and counting differ"
        # SciPy takes the upper tail from one, which leaves few digits of a small p.
        p = min(Fraction(1), Fraction(2 * sum(null[:against + 1]), sum(null)))
        estimate = float(numpy.median(pairs))
        change, equal = place_of(null, alpha), place_of(null, Fraction("0.014"))
        bounds = [pairs[change - 1], pairs[-change]]
        equivalence = [pairs[equal - 1], pairs[-equal]]
        valid = min(valid, p * Fraction("0.01") / alpha)
        if p <= alpha and abs(estimate) >= margin / 2:
            finding = "up" if estimate > 0 else "down"
        elif -margin < equivalence[0] and equivalence[1] < margin:
            finding = "unchanged"
        else:
            finding = "exhausted" if count == 80 else "undecided"
        result = {"look_index": look_index, "count": count, "estimate": estimate, "bounds": bounds,
                  "equivalence": equivalence, "p": p, "always_valid_p": valid, "finding": finding}
    return result


def sequential():
    cases = []
    for count, shape, effect in itertools.product(
            [9, 10, 13, 25, 40, 79, 80, 95], ["normal", "heavy", "bimodal", "quiet"], [0.0, 0.004, 0.01, -0.02]):
        values = rounded(noise(shape, count) + effect)
        if len({abs(value) for value in values} | {0.0}) != count + 1:
            continue
        margin = 0.0075
        cases.append({"values": values, "margin": margin, "standing": standing(
            lambda n: [(a + b) / 2 for a, b in itertools.combinations_with_replacement(values[:n], 2)],
            lambda n: product_of([[1] + [0] * (rank - 1) + [1] for rank in range(1, n + 1)]),
            lambda n: stats.wilcoxon(values[:n], method="exact").pvalue, count, margin)})
    write("sequential", cases)


def sequential_unpaired():
    cases = []
    for (n, m), shape, effect in itertools.product(
            [(28, 10), (30, 33), (50, 50)], ["normal", "heavy", "quiet"], [0.0, 0.005, -0.02]):
        reference, other = rounded(noise(shape, n)), rounded(noise(shape, m) + effect)
        if len(set(reference) | set(other)) != n + m:
            continue
        found = standing(
            lambda k: [b - a for a in reference for b in other[:k]], lambda k: rank_sum_counts(n, k),
            lambda k: stats.mannwhitneyu(other[:k], reference, method="exact").pvalue, m, 0.0075)
        cases.append({"reference": reference, "other": other, "margin": 0.0075, "standing": found})
    write("sequential_unpaired", cases)


def equivalence():
    cases = []
    for count, shape, margin in itertools.product([8, 15, 40], ["normal", "heavy", "quiet"], [0.002, 0.0075, 0.02]):
        values, other = rounded(noise(shape, count) + 0.001), rounded(noise(shape, count + 3))
        shifted = numpy.array(values)
        centre = max(stats.wilcoxon(shifted + margin, alternative="greater", method="exact").pvalue,
                     stats.wilcoxon(shifted - margin, alternative="less", method="exact").pvalue)
        shift = max(stats.mannwhitneyu(shifted + margin, other, alternative="greater", method="exact").pvalue,
                    stats.mannwhitneyu(shifted - margin, other, alternative="less", method="exact").pvalue)
        cases.append({"values": values, "reference": other, "margin": margin, "centre_p": centre, "shift_p": shift})
    write("equivalence", cases)


def bootstrap():
    """SciPy's own replicates go into the file, so that its two intervals can be made from them again."""
    cases = []
    for count, shape, level in itertools.product([8, 30], ["normal", "heavy", "skewed"], [0.9, 0.95]):
        draw = random.exponential(1.0, count) if shape == "skewed" else 100 * noise(shape, count)
        values = rounded(draw)
        leave_one_out = [numpy.mean(values[:i] + values[i + 1:]) for i in range(count)]
        case = {"values": values, "level": level, "point": numpy.mean(values), "leave_one_out": leave_one_out}
        for method in ["percentile", "BCa"]:
            result = stats.bootstrap((values,), numpy.mean, n_resamples=299, confidence_level=level,
                                     method=method, rng=numpy.random.default_rng(count))
            case["replicates"] = [float(value) for value in result.bootstrap_distribution]
            case[method.lower()] = [result.confidence_interval.low, result.confidence_interval.high]
        cases.append(case)
    write("bootstrap", cases)


def sign_flip():
    cases = []
    for count, shape, centre in itertools.product([2, 5, 8, 12], ["normal", "heavy", "tied"], ["mean", "median"]):
        values = ([float(v) for v in random.integers(-2, 5, count)] if shape == "tied"
                  else rounded(100 * noise(shape, count) + 0.5))
        result = stats.permutation_test((values,), getattr(numpy, centre), permutation_type="samples",
                                        n_resamples=numpy.inf, alternative="two-sided")
        # SciPy doubles the smaller tail; of a symmetric distribution that is the share at least as far.
        cases.append({"values": values, "centre": centre, "statistic": result.statistic, "p": result.pvalue})
    write("sign_flip", cases)


def trend():
    cases = []
    for count, shape, slope in itertools.product([4, 7, 20, 60, 61, 150], ["normal", "heavy"], [0.0, 0.001]):
        values = rounded(noise(shape, count) + slope * numpy.arange(count))
        if len(set(values)) != count:
            continue
        slopes = sorted((values[j] - values[i]) / (j - i) for i, j in itertools.combinations(range(count), 2))
        robust = stats.theilslopes(values)
        case = {"values": values, "slope": robust.slope, "intercept": robust.intercept, "level": 0.95}
        # theilslopes puts the line through the medians of x and y; here it is the median residual.
        case["intercept"] = numpy.median([value - robust.slope * index for index, value in enumerate(values)])
        if count <= 60:
            case["p"] = stats.kendalltau(range(count), values, method="exact").pvalue
            place = place_of(product_of([[1] * size for size in range(1, count + 1)]), Fraction(1, 20))
            case["bounds"] = [slopes[place - 1], slopes[-place]] if place else None
        else:
            case["asymptotic_p"] = stats.kendalltau(range(count), values, method="asymptotic").pvalue
            case["asymptotic_bounds"] = [robust.low_slope, robust.high_slope]
        cases.append(case)
    write("trend", cases)


def changepoint():
    """Jumps of the plain squared-error partition; the width is handed over as every point's standard error."""
    cases = []
    for count, jumps in [(40, []), (60, [(20, 3.0)]), (120, [(30, 2.0), (75, -4.0)]), (200, [(50, 6.0), (54, -6.0)]),
                         (90, [(10, 5.0), (13, 5.0), (80, 5.0)]), (150, [(75, 1.0)]),
                         (100, [(50, 0.9)]), (100, [(50, 1.2)])]:
        for width in [1.0, 2.0]:
            values = random.normal(0.0, 0.5, count)
            for start, height in jumps:
                values[start:] += height
            values = rounded(values)
            found = ruptures.Pelt(model="l2", min_size=3, jump=1).fit(numpy.array(values) / width).predict(pen=28.0)
            cases.append({"values": values, "width": width, "jumps": found[:-1]})
    write("changepoint", cases)


def random_effects():
    cases = []
    for count, between, level in itertools.product([3, 5, 12], [0.0, 0.02, 0.2], [0.9, 0.95]):
        errors = rounded(random.uniform(0.005, 0.05, count))
        estimates = rounded(random.normal(0.1, between, count) + random.normal(0.0, 1.0, count) * errors)
        variances, effects = numpy.array(errors) ** 2, numpy.array(estimates)

        def weighted(tau2):
            weights = 1 / (variances + tau2)
            mean = float((weights * effects).sum() / weights.sum())
            return weights, mean, float((weights * (effects - mean) ** 2).sum())

        # statsmodels stops its Newton steps at 1e-5, and at zero when they overshoot; it confirms this root.
        disagreement = weighted(0.0)[2]
        tau2 = 0.0
        if disagreement > count - 1:
            tau2 = optimize.brentq(lambda t: weighted(t)[2] - (count - 1), 0.0, 10.0, xtol=1e-18, rtol=1e-14)
        weights, mean, remaining = weighted(tau2)
        result = combine_effects(effects, variances, method_re="iterated", use_t=True, alpha=1 - level)
        assert abs(max(result.tau2, 0.0) - tau2) < 1e-4 * max(tau2, 1e-4), (result.tau2, tau2)
        assert abs(mean - result.mean_effect_re) < 1e-5
        half = stats.t.ppf((1 + level) / 2, count - 1) * math.sqrt(max(1.0, remaining / (count - 1)) / weights.sum())
        cases.append({"estimates": estimates, "errors": errors, "level": level, "mean": mean, "half_width": half,
                      "tau2": tau2, "p": stats.chi2.sf(disagreement, count - 1)})
    write("random_effects", cases)


def power_law():
    cases = []
    for count, exponent, spread in itertools.product([3, 6, 15], [0.0, 1.0, 2.3], [0.01, 0.2]):
        x = [float(2 ** k) for k in range(count)]
        y = rounded(7.0 * numpy.power(x, exponent) * numpy.exp(random.normal(0.0, spread, count)))
        line = stats.linregress(numpy.log(x), numpy.log(y))
        half = stats.t.ppf(0.975, count - 2) * line.stderr
        cases.append({"x": x, "y": y, "exponent": line.slope, "bounds": [line.slope - half, line.slope + half],
                      "factor": math.exp(line.intercept),
                      "robust_exponent": stats.theilslopes(numpy.log(y), numpy.log(x)).slope})
    write("power_law", cases)


def share():
    cases = []
    for happened, trials in [(0, 1), (1, 1), (0, 300), (3, 300), (17, 40), (39, 40), (20, 2000), (1990, 2000), (2, 100000)]:
        for level in [0.9, 0.95, 0.999]:
            # binomtest's own interval is a root found to an absolute 2e-12, too coarse for a small share.
            tail, missed = (1 - level) / 2, trials - happened
            bounds = [stats.beta.ppf(tail, happened, missed + 1) if happened else 0.0,
                      stats.beta.isf(tail, happened + 1, missed) if missed else 1.0]
            interval = stats.binomtest(happened, trials).proportion_ci(level, method="exact")
            assert numpy.allclose(bounds, [interval.low, interval.high], rtol=1e-5)
            cases.append({"happened": happened, "trials": trials, "level": level,
                          "bounds": bounds,
                          "tails": [[p, stats.binom.sf(happened - 1, trials, p), stats.binom.cdf(happened, trials, p)]
                                    for p in [0.001, 0.01, 0.05, 0.5, 0.99]]})
    write("share", cases)


for make in [sequential, sequential_unpaired, equivalence, bootstrap, sign_flip, trend, changepoint, random_effects,
             power_law, share]:
    make()
