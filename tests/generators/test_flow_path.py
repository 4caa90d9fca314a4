"""The path from noise to data, its velocity, and the way along a field."""

import math

import pytest
import torch

from silentfoley.generators.flow_path import flow, guided, path, spread_times, velocity


def optimal(x: torch.Tensor, t: float, mean: float, std: float) -> torch.Tensor:
    """E[dx/dt | x_t = x] for x0 ~ N(0, 1), x1 ~ N(mean, std^2), worked by hand: both are linear in a Gaussian x_t."""
    c, s, rate = math.cos(math.pi / 2 * t), math.sin(math.pi / 2 * t), math.pi / 2
    covariance, variance = rate * s * c * (std**2 - 1), c**2 + s**2 * std**2
    return rate * c * mean + covariance / variance * (x - s * mean)


@pytest.mark.parametrize("t", [0.0, 0.3, 0.8])
def test_the_best_guess_of_the_velocity_is_the_closed_form_of_two_gaussians(t):
    rng = torch.Generator().manual_seed(0)
    mean, std, n = 1.5, 0.4, 200_000
    noise = torch.randn(n, 1, generator=rng)
    data = mean + std * torch.randn(n, 1, generator=rng)
    time = torch.full((n,), t)
    x, v = path(noise, data, time)[:, 0], velocity(noise, data, time)[:, 0]
    design = torch.stack([x, torch.ones(n)], dim=1)
    slope, level = torch.linalg.lstsq(design, v[:, None]).solution[:, 0]
    at = torch.tensor([-1.0, 0.5, 2.0])
    torch.testing.assert_close(slope * at + level, optimal(at, t, mean, std), atol=0.03, rtol=0)


def test_the_path_begins_in_noise_ends_in_data_and_its_velocity_is_its_slope():
    noise, data = torch.randn(2, 3, 4, 5, dtype=torch.float64)
    ones = torch.ones(3, dtype=torch.float64)
    torch.testing.assert_close(path(noise, data, 0 * ones), noise)
    torch.testing.assert_close(path(noise, data, ones), data)
    slope = (path(noise, data, 0.3001 * ones) - path(noise, data, 0.2999 * ones)) / 2e-4
    torch.testing.assert_close(slope, velocity(noise, data, 0.3 * ones), atol=1e-6, rtol=0)


def test_the_optimal_field_carries_one_gaussian_to_the_other():
    noise = torch.linspace(-2, 2, 9)[:, None]
    out = flow(lambda x, t: optimal(x, t, 1.5, 0.4), noise, 400)
    torch.testing.assert_close(out, 1.5 + 0.4 * noise, atol=0.01, rtol=0)


def test_why_the_path_is_round():
    """On straight lines eight steps of Euler's rule lose 15 % of the deviation of data that are as noise is."""
    x = torch.ones(1, 1)

    def straight(point, t):
        return (2 * t - 1) / ((1 - t) ** 2 + t**2) * point

    assert flow(straight, x, 8).item() == pytest.approx(0.85, abs=0.005)
    assert flow(lambda point, t: optimal(point, t, 0.0, 1.0), x, 8).item() == 1.0


def test_the_best_velocity_between_like_gaussians_is_none():
    assert optimal(torch.randn(9), 0.4, 0.0, 1.0).abs().max() == 0


@pytest.mark.parametrize("steps", [1, 3, 16])
def test_euler_is_exact_on_straight_lines(steps):
    goal = torch.tensor([[2.0, -1.0]])
    out = flow(lambda x, t: (goal - x) / (1 - t), torch.randn(4, 2), steps)
    torch.testing.assert_close(out, goal.expand(4, 2), atol=1e-5, rtol=0)


def test_heun_is_exact_where_velocity_grows_with_time_and_euler_is_not():
    start = torch.zeros(1, 1)
    assert flow(lambda x, t: torch.full_like(x, 2 * t), start, 4, "heun") == pytest.approx(1.0)
    assert flow(lambda x, t: torch.full_like(x, 2 * t), start, 4, "euler") == pytest.approx(0.75)


def test_guidance_one_is_the_conditional_field():
    a, b = torch.randn(2, 3, 4)
    torch.testing.assert_close(guided(a, b, 1.0), a)
    torch.testing.assert_close(guided(a, b, 0.0), b)
    torch.testing.assert_close(guided(a, b, 3.0), a + 2 * (a - b))


@pytest.mark.parametrize("solver", ["euler", "heun"])
def test_what_is_pinned_stays_on_its_path(solver):
    noise, goal, seen = torch.randn(1, 5), torch.arange(5.0)[None], []

    def on_path(t):
        return path(noise, goal, torch.tensor([t]))[:, :2]

    def field(x, t):
        seen.append((t, x[0, :2].clone()))
        return torch.ones_like(x) * 9

    def pinned(x, t):
        return torch.cat([on_path(t), x[:, 2:]], dim=1)

    out = flow(field, noise, 4, solver, pinned)
    torch.testing.assert_close(out[:, :2], goal[:, :2])
    torch.testing.assert_close(out[:, 2:], noise[:, 2:] + 9)
    for t, x in seen:
        torch.testing.assert_close(x, on_path(t)[0])


def test_times_of_a_batch_are_spread_over_the_whole_path():
    times = spread_times(10, torch.Generator().manual_seed(1))
    assert sorted((times * 10).floor().int().tolist()) == list(range(10))
    assert times.tolist() != sorted(times.tolist())
