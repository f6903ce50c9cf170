//! Truncated Newton with preconditioned conjugate gradients and a line search.
//!
//! Each step solves H d = −g roughly by conjugate gradients (Lin, Weng and Keerthi 2008, "Trust
//! region Newton method for large-scale logistic regression"), with the penalty and a
//! little of the diagonal of H as preconditioner (Hsia, Chiang and Lin 2018, "Preconditioned conjugate gradient methods in
//! truncated Newton frameworks for large-scale linear classification"), and goes along d as far as
//! Armijo's rule allows. The objective is convex, so d always leads down; on a line only the logits
//! change, which makes trying a step cheap beside the rest. A trust region would spend a whole
//! Newton step to learn the same.
//!
//! Everything is summed in one order by one thread: the same input gives the same bits.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::objective::{Objective, dot};

/// Where a fit stands; told after each pass over the data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Newton steps done.
    pub iteration: usize,
    /// Products with the Hessian done, two passes over the data each.
    pub hessian_products: usize,
    /// Value of the objective after the last step.
    pub objective: f64,
    /// Norm of the gradient divided by its norm at zero weights; the fit ends at `tolerance`.
    pub relative_gradient: f64,
}

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    pub tolerance: f64,
    pub max_iterations: usize,
}

/// How a fit ended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FitSummary {
    /// Newton steps taken.
    pub iterations: usize,
    /// Products with the Hessian, two passes over the data each.
    pub hessian_products: usize,
    /// Value of the objective at the end.
    pub objective: f64,
    /// Norm of the gradient at the end divided by its norm at zero weights.
    pub relative_gradient: f64,
    /// Whether `tolerance` was reached before `max_iterations`, or the objective was exact to its last
    /// bit.
    pub converged: bool,
}

impl From<&FitSummary> for Progress {
    fn from(now: &FitSummary) -> Self {
        Progress {
            iteration: now.iterations,
            hessian_products: now.hessian_products,
            objective: now.objective,
            relative_gradient: now.relative_gradient,
        }
    }
}

/// Share of the promised descent that a step must bring (Armijo).
const SUFFICIENT: f64 = 1e-4;
/// Halvings of a step before the value counts as flat.
const MAX_HALVINGS: i32 = 30;

/// Minimises `objective` from `w`, which holds the minimum afterwards.
///
/// `report` hears of every pass over the data and ends the fit with `Break`.
///
/// # Errors
/// [`Error::Interrupted`] if `report` said so; [`Error::Data`] if the value is not a number.
pub(crate) fn minimise(
    objective: &mut impl Objective,
    w: &mut [f64],
    stop: Stop,
    report: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<FitSummary> {
    let n = objective.n_weights();
    let mut gradient = vec![0.0; n];
    // the yardstick is the gradient at zero, so that a warm start is not held to more
    let zero = vec![0.0; n];
    let mut value = objective.move_to(&zero);
    objective.gradient(&zero, &mut gradient);
    let norm_at_zero = dot(&gradient, &gradient).sqrt();
    if w.iter().any(|&w| w != 0.0) {
        value = objective.move_to(w);
        objective.gradient(w, &mut gradient);
    }

    let mut cg = ConjugateGradients::new(n);
    let mut now = FitSummary {
        iterations: 0,
        hessian_products: 0,
        objective: value,
        relative_gradient: f64::INFINITY,
        converged: false,
    };
    let mut tell = |now: &FitSummary| match report(Progress::from(now)) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Interrupted),
    };
    loop {
        let norm = dot(&gradient, &gradient).sqrt();
        if !value.is_finite() || !norm.is_finite() {
            let steps = now.iterations;
            return Err(Error::Data(format!(
                "the loss is {value} after {steps} steps: values are too great"
            )));
        }
        now.objective = value;
        now.relative_gradient = if norm_at_zero > 0.0 { norm / norm_at_zero } else { norm };
        now.converged = now.relative_gradient <= stop.tolerance;
        tell(&now)?;
        if now.converged || now.iterations == stop.max_iterations {
            return Ok(now);
        }

        // the nearer the end, the more exact the step; never more exact than the end asks
        let relative = now.relative_gradient;
        let exactness = relative.sqrt().min(FIRST_EXACTNESS).max(0.1 * stop.tolerance / relative);
        cg.solve(objective, &gradient, exactness, &mut || {
            now.hessian_products += 1;
            tell(&now)
        })?;
        objective.aim(w, &cg.direction);
        let slope = dot(&gradient, &cg.direction);
        // −slope is twice what the step gains; no search sees less than the last bits of the value
        let last = -slope <= LAST_BITS * value.abs();
        let descends = |t: f64| {
            let at = objective.value_along(t);
            (at <= value + SUFFICIENT * t * slope + LAST_BITS * value.abs()).then_some((t, at))
        };
        let mut steps = (0..=MAX_HALVINGS).map(|halvings| 0.5f64.powi(halvings));
        let Some((t, at)) = steps.find_map(descends) else {
            return Ok(now);
        };
        value = at;
        objective.advance(t);
        w.iter_mut().zip(&cg.direction).for_each(|(w, d)| *w += t * d);
        objective.gradient(w, &mut gradient);
        now.iterations += 1;
        if last {
            now.objective = value;
            now.converged = true;
            return Ok(now);
        }
    }
}

/// Share of the value below which a gain is lost in rounding, the value being a long sum.
const LAST_BITS: f64 = 64.0 * f64::EPSILON;

/// Relative residual at which the first step's conjugate gradients end.
const FIRST_EXACTNESS: f64 = 0.1;

/// Work space of the conjugate gradients.
struct ConjugateGradients {
    direction: Vec<f64>,
    inverse_diagonal: Vec<f64>,
    residual: Vec<f64>,
    search: Vec<f64>,
    product: Vec<f64>,
}

impl ConjugateGradients {
    fn new(n: usize) -> Self {
        let zero = || vec![0.0; n];
        ConjugateGradients {
            direction: zero(),
            inverse_diagonal: zero(),
            residual: zero(),
            search: zero(),
            product: zero(),
        }
    }

    /// Solves H `direction` = −`gradient` until the residual is `exactness` of the gradient, both in
    /// the norm of the preconditioner.
    fn solve(
        &mut self,
        objective: &mut impl Objective,
        gradient: &[f64],
        exactness: f64,
        tell: &mut dyn FnMut() -> Result<()>,
    ) -> Result<()> {
        objective.preconditioner(&mut self.inverse_diagonal);
        // a weight without curvature has no gradient either, or the objective has no minimum
        self.inverse_diagonal.iter_mut().for_each(|m| *m = if *m > 0.0 { 1.0 / *m } else { 1.0 });
        self.direction.fill(0.0);
        let mut norm = 0.0;
        let vectors = self.residual.iter_mut().zip(&mut self.search);
        for ((r, s), (g, m)) in vectors.zip(gradient.iter().zip(&self.inverse_diagonal)) {
            *r = -g;
            *s = *r * m;
            norm += *r * *s;
        }
        let enough = exactness * exactness * norm;
        for _ in 0..gradient.len().max(10) {
            objective.hessian_product(&self.search, &mut self.product);
            tell()?;
            let curve = dot(&self.search, &self.product);
            if curve <= 0.0 {
                // flat: only rounding is left to gain
                if dot(&self.direction, &self.direction) == 0.0 {
                    self.direction.copy_from_slice(&self.search);
                }
                break;
            }
            let alpha = norm / curve;
            let mut next = 0.0;
            let vectors = self.direction.iter_mut().zip(&mut self.residual).zip(&self.search);
            for (((d, r), s), (q, m)) in vectors.zip(self.product.iter().zip(&self.inverse_diagonal)) {
                *d += alpha * s;
                *r -= alpha * q;
                next += *r * *r * m;
            }
            if next <= enough {
                break;
            }
            let beta = next / norm;
            norm = next;
            for ((s, r), m) in self.search.iter_mut().zip(&self.residual).zip(&self.inverse_diagonal) {
                *s = r * m + beta * *s;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Σ a_j (w_j − c_j)² / 2 + (Σ w_j)² / 2 + Σ (w_j − c_j)⁴ / 12: a bent parabola.
    struct Parabola {
        a: Vec<f64>,
        c: Vec<f64>,
        quartic: f64,
        at: Vec<f64>,
        along: Vec<f64>,
    }

    impl Parabola {
        fn new(quartic: f64) -> Self {
            let (a, c) = (vec![1.0, 100.0, 0.01, 5.0], vec![1.0, -2.0, 3.0, -2.0]);
            Parabola { a, c, quartic, at: vec![0.0; 4], along: vec![0.0; 4] }
        }

        fn value(&self, w: &[f64]) -> f64 {
            let sum: f64 = w.iter().sum();
            let own = |j: usize| {
                let e = w[j] - self.c[j];
                0.5 * self.a[j] * e * e + self.quartic * e.powi(4) / 12.0
            };
            0.5 * sum * sum + (0..4).map(own).sum::<f64>()
        }

        fn curve(&self, j: usize) -> f64 {
            self.a[j] + self.quartic * (self.at[j] - self.c[j]).powi(2)
        }
    }

    impl Objective for Parabola {
        fn n_weights(&self) -> usize {
            4
        }
        fn move_to(&mut self, w: &[f64]) -> f64 {
            self.at = w.to_vec();
            self.value(w)
        }
        fn gradient(&mut self, w: &[f64], gradient: &mut [f64]) {
            let sum: f64 = w.iter().sum();
            for j in 0..4 {
                let e = w[j] - self.c[j];
                gradient[j] = sum + self.a[j] * e + self.quartic * e.powi(3) / 3.0;
            }
        }
        fn preconditioner(&mut self, diagonal: &mut [f64]) {
            (0..4).for_each(|j| diagonal[j] = 1.0 + self.curve(j));
        }
        fn hessian_product(&mut self, direction: &[f64], product: &mut [f64]) {
            let sum: f64 = direction.iter().sum();
            (0..4).for_each(|j| product[j] = sum + self.curve(j) * direction[j]);
        }
        fn aim(&mut self, _: &[f64], direction: &[f64]) {
            self.along = direction.to_vec();
        }
        fn value_along(&self, t: f64) -> f64 {
            let there: Vec<f64> = self.at.iter().zip(&self.along).map(|(w, d)| w + t * d).collect();
            self.value(&there)
        }
        fn advance(&mut self, t: f64) {
            self.at.iter_mut().zip(&self.along).for_each(|(w, d)| *w += t * d);
        }
    }

    const STOP: Stop = Stop { tolerance: 1e-10, max_iterations: 50 };

    #[test]
    fn the_minimum_of_a_parabola_is_found() {
        // c sums to 0, so c itself is the minimum
        for quartic in [0.0, 4.0] {
            let mut parabola = Parabola::new(quartic);
            let mut w = vec![0.0; 4];
            let end = minimise(&mut parabola, &mut w, STOP, &mut |_| ControlFlow::Continue(())).unwrap();
            assert!(end.converged && end.objective < 1e-12, "{end:?}");
            for (w, c) in w.iter().zip(&parabola.c) {
                assert!((w - c).abs() < 1e-6, "{w} {c}");
            }
        }
    }

    #[test]
    fn a_start_at_the_minimum_takes_no_step() {
        let mut parabola = Parabola::new(0.0);
        let mut w = parabola.c.clone();
        let end = minimise(&mut parabola, &mut w, STOP, &mut |_| ControlFlow::Continue(())).unwrap();
        assert_eq!((end.iterations, end.hessian_products), (0, 0));
    }

    #[test]
    fn a_break_interrupts() {
        let mut calls = 0;
        let end = minimise(&mut Parabola::new(4.0), &mut [0.0; 4], STOP, &mut |_| {
            calls += 1;
            if calls == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(end, Err(Error::Interrupted)));
        assert_eq!(calls, 3);
    }

    #[test]
    fn too_few_iterations_are_told() {
        let stop = Stop { tolerance: 1e-14, max_iterations: 1 };
        let end = minimise(&mut Parabola::new(9.0), &mut [50.0; 4], stop, &mut |_| ControlFlow::Continue(()));
        assert!(!end.unwrap().converged);
    }
}
