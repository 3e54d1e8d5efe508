"""Forecasts drawn as a martingale: skill by lead, calibration, and one law for members and mean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qkdopt.errors import InputError
from qkdopt.physics.clouds import Place
from qkdopt.physics.clouds.fields import Correlation
from qkdopt.physics.clouds.forecast import SKILLS, ForecastModel, Skill, code_law, skill_of
from qkdopt.physics.clouds.marginals import MARGINALS, codes_from_latent
from qkdopt.study.rolling.scores import ScoreSums, lead_scores

PLACES = (Place("A", 30.0, 100.0), Place("B", 31.0, 104.0), Place("C", 40.0, 116.0))
DAY_S = 86_400
# Two instants in each night of twelve days; issues at noon before each night.
TIME_S = np.array([d * DAY_S + s for d in range(12) for s in (50_000, 53_600)])
ISSUE_S = np.array([d * DAY_S + 43_200 for d in range(12)])


def model(skill=SKILLS["good"]):
    return ForecastModel(PLACES, TIME_S, ISSUE_S, skill, Correlation())


def test_shares_of_variance_add_up_to_1_and_to_the_squares_beyond_a_lead():
    for skill in SKILLS.values():
        variance = skill.variance
        assert variance.sum() == pytest.approx(1.0)
        for lead, rho in enumerate(skill.rho, start=1):
            assert variance[lead:].sum() == pytest.approx(rho**2)


def test_a_field_has_variance_1_and_the_correlation_of_its_places_and_times():
    random = np.random.default_rng(1)
    fields = np.array([model().draw(random).sum(axis=0) for _ in range(4000)])
    assert fields.var(axis=0) == pytest.approx(1.0, abs=0.12)
    # An hour apart: exp(-1/8); a day apart: exp(-3).
    pair = np.corrcoef(fields[:, 0, 0], fields[:, 1, 0])[0, 1]
    assert pair == pytest.approx(np.exp(-1 / 8), abs=0.02)
    assert abs(np.corrcoef(fields[:, 0, 0], fields[:, 2, 0])[0, 1] - np.exp(-3)) < 0.05


def test_the_mean_forecast_has_the_skill_of_its_lead():
    own, random = model(), np.random.default_rng(2)
    pairs = []
    for _ in range(3000):
        components = own.draw(random)
        forecast = own.forecast(components, 0)
        pairs.append((forecast.mean[:, 2], components.sum(axis=0)[forecast.first :, 2]))
    mean, real = np.array(pairs).swapaxes(0, 1)
    for lead in (1, 2, 5, 10):
        found = np.corrcoef(mean[:, 2 * (lead - 1)], real[:, 2 * (lead - 1)])[0, 1]
        # The night before says a little more, exp(-20 h / 8 h).
        assert found == pytest.approx(SKILLS["good"].rho[lead - 1], abs=0.06)


def test_the_mean_of_tomorrow_s_forecast_is_today_s():
    """Martingale: draw what becomes known overnight; the next mean has today's as its mean."""
    own, random = model(), np.random.default_rng(3)
    components = own.draw(random)
    today = own.forecast(components, 2)
    known = own.known(2)
    later = []
    for _ in range(3000):
        fresh = own.draw(random)
        redrawn = components.copy()
        for level in range(len(redrawn)):
            for i in np.flatnonzero(~known[level]):
                keep = np.exp(-(TIME_S[i] - TIME_S[i - 1]) / (8 * 3600)) if i else 0.0
                before = fresh[level, i - 1] if i else 0.0
                new = fresh[level, i] - keep * before
                redrawn[level, i] = (keep * redrawn[level, i - 1] if i else 0.0) + new
        following = own.forecast(redrawn, 3)
        later.append(following.mean)
    gone = following.first - today.first
    error = np.std(later, axis=0) / np.sqrt(len(later))
    assert (np.abs(np.mean(later, axis=0) - today.mean[gone:]) < 4.5 * error + 1e-9).all()


def test_members_have_the_mean_and_the_deviation_of_the_law():
    own, random = model(), np.random.default_rng(4)
    forecast = own.forecast(own.draw(random), 3)
    members = own.members(forecast, 3, 6000, random)
    assert members.shape == (6000, *forecast.mean.shape)
    assert members.mean(axis=0) == pytest.approx(forecast.mean, abs=0.07)
    assert members.std(axis=0) == pytest.approx(
        np.repeat(forecast.deviation[:, None], 3, axis=1), abs=0.05
    )


@pytest.mark.parametrize("name", MARGINALS)
def test_the_law_of_codes_is_that_of_the_members(name):
    own, random = model(SKILLS["poor"]), np.random.default_rng(5)
    forecast, marginal = own.forecast(own.draw(random), 1), MARGINALS[name]
    law = code_law(forecast, marginal)
    assert law.sum(axis=0) == pytest.approx(1.0)
    codes = codes_from_latent(own.members(forecast, 1, 20_000, random), marginal)
    mean = np.tensordot(np.arange(151.0), law, 1)
    assert codes.mean(axis=0) == pytest.approx(mean, abs=2.0)
    assert (codes == 150).mean(axis=0) == pytest.approx(law[150], abs=0.02)
    assert (codes == 0).mean(axis=0) == pytest.approx(law[0], abs=0.02)


def test_a_calibrated_ensemble_has_flat_ranks_and_an_uncalibrated_one_has_not():
    own, random = model(), np.random.default_rng(6)
    good, narrow = ScoreSums.none(), ScoreSums.none()
    for _ in range(150):
        components = own.draw(random)
        real = codes_from_latent(components.sum(axis=0), "heavy").astype(int)
        forecast = own.forecast(components, 0)
        fields = own.members(forecast, 0, 19, random)
        ahead_s = TIME_S[forecast.first :] - ISSUE_S[0]
        codes = codes_from_latent(fields, "heavy").astype(int)
        good += ScoreSums.of(codes, real[forecast.first :], ahead_s, random)
        squeezed = forecast.mean + 0.3 * (fields - forecast.mean)
        codes = codes_from_latent(squeezed, "heavy").astype(int)
        narrow += ScoreSums.of(codes, real[forecast.first :], ahead_s, random)
    for own_score, other in zip(lead_scores(good), lead_scores(narrow), strict=True):
        assert own_score.ranks == pytest.approx([0.1] * 10, abs=0.05)
        assert own_score.crps < other.crps
        assert own_score.brier < other.brier
    assert max(lead_scores(narrow)[0].ranks) > 0.15
    briers = [score.brier for score in lead_scores(good)]
    assert briers[0] < briers[4] < briers[9]


def test_scores_by_hand():
    # Members 0 and 100, real 80, one instant 3 h after the issue: half of them say cloudy, so
    # (1/2 - 1)^2 = 1/4; |0 - 80| and |100 - 80| have the mean 50, |0 - 100| / 2 = 50: CRPS 0.
    members, real = np.array([[[0]], [[100]]]), np.array([[80]])
    sums = ScoreSums.of(members, real, np.array([10_800]), np.random.default_rng(0))
    (score,) = lead_scores(sums)
    assert (score.lead_days, score.cases, score.brier, score.crps) == (1, 1, 0.25, 0.0)
    assert sum(score.ranks[3:7]) == 1.0  # the second of three ranks


@settings(max_examples=25)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=12))
def test_any_falling_skill_is_a_skill(rho):
    falling = tuple(sorted(rho, reverse=True))
    variance = Skill(falling).variance
    assert (variance >= 0.0).all()
    assert variance.sum() == pytest.approx(1.0)
    forecast = model(Skill(falling)).forecast(
        model(Skill(falling)).draw(np.random.default_rng(0)), 0
    )
    assert np.isfinite(code_law(forecast, MARGINALS["heavy"])).all()


@pytest.mark.parametrize("text", ["better", "0.5,0.6", "1.1", "0.5,-0.1", "0.5,x", ""])
def test_what_is_no_skill_is_refused(text):
    with pytest.raises(InputError, match="skill: got"):
        skill_of(text)
