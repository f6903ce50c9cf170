//! Follow the regularised leader: weights that learn a row at a time.
//!
//! McMahan et al. (2013), "Ad click prediction: a view from the trenches", algorithm 1, for the multinomial log loss:
//! each weight has a step of its own, the smaller the more it has moved. The paper's penalty is that of one pass; here
//! it grows with the rows seen, so that after p passes loss and penalty stand to each other as in
//!
//! ```text
//! Σ_i c_i (ln Σ_k exp z_ik − z_i,gold(i))  +  ½ Σ_jk (l2 / s_jk²) w_jk²
//! ```
//!
//! to whose minimum the weights then come nearer and nearer. A row costs one visit to the state of its columns, and
//! nothing is kept of it.

use crate::feature::matrix::Row;
use crate::model::objective::softmax;

/// Size of a first step. Of 0.1, 0.3, 0.5, 1 and 3 the one with the least objective after five passes over NewsMTSC.
const STEP: f32 = 0.5;
/// What a step is divided by before anything was learnt.
const START: f32 = 1.0;

/// Summed gradients of a weight, less what its present value stands for, and summed squares of gradients.
#[derive(Debug, Clone, Copy)]
struct State<const K: usize> {
    sum: [f32; K],
    squares: [f32; K],
}

/// Weights of `K` classes while they learn.
#[derive(Debug, Clone)]
pub(crate) struct Ftrl<'a, const K: usize> {
    columns: Vec<State<K>>,
    intercept: Option<State<K>>,
    l2: f32,
    /// 1 / s² of each weight.
    penalties: Option<&'a [[f32; K]]>,
    /// Whether the intercept is penalised as well.
    held: bool,
    n_per_pass: f64,
    n_seen: f64,
    /// Weights of the row at hand.
    at_hand: Vec<[f32; K]>,
}

/// What the steps of the weights are divided by, the penalty apart.
#[inline]
fn rate(squares: f32) -> f32 {
    (START + squares.sqrt()) / STEP
}

impl<const K: usize> State<K> {
    const NEW: State<K> = State { sum: [0.0; K], squares: [0.0; K] };

    #[inline]
    fn weights(&self, penalty: [f32; K]) -> [f32; K] {
        std::array::from_fn(|k| -self.sum[k] / (rate(self.squares[k]) + penalty[k]))
    }

    #[inline]
    fn learn(&mut self, gradient: [f32; K], weights: [f32; K]) {
        for k in 0..K {
            let squares = self.squares[k] + gradient[k] * gradient[k];
            let slower = rate(squares) - rate(self.squares[k]);
            self.sum[k] += gradient[k] - slower * weights[k];
            self.squares[k] = squares;
        }
    }
}

impl<'a, const K: usize> Ftrl<'a, K> {
    /// Weights of `n_columns` columns, zero, of which rows `n_per_pass` a pass are to come.
    ///
    /// `penalties` are 1 / s² of each weight; `held`: the intercept is penalised as well.
    pub(crate) fn new(
        n_columns: usize,
        l2: f64,
        penalties: Option<&'a [[f32; K]]>,
        intercept: bool,
        held: bool,
        n_per_pass: usize,
    ) -> Self {
        Ftrl {
            columns: vec![State::NEW; n_columns],
            intercept: intercept.then_some(State::NEW),
            l2: l2 as f32,
            penalties,
            held,
            n_per_pass: n_per_pass.max(1) as f64,
            n_seen: 0.0,
            at_hand: Vec::new(),
        }
    }

    /// The penalty as it has grown.
    fn grown(&self) -> f32 {
        self.l2 * (self.n_seen / self.n_per_pass) as f32
    }

    #[inline]
    fn penalty(&self, column: usize, grown: f32) -> [f32; K] {
        self.penalties.map_or([grown; K], |p| p[column].map(|p| grown * p))
    }

    /// Intercepts and weights as they are now.
    pub(crate) fn weights(&self) -> ([f32; K], impl Iterator<Item = [f32; K]>) {
        let grown = self.grown();
        let columns = self.columns.iter().enumerate();
        (self.intercepts(grown), columns.map(move |(j, state)| state.weights(self.penalty(j, grown))))
    }

    fn intercepts(&self, grown: f32) -> [f32; K] {
        let penalty = if self.held { grown } else { 0.0 };
        self.intercept.map_or([0.0; K], |state| state.weights([penalty; K]))
    }

    /// Learns a row of a class; its logits begin at `offset`.
    pub(crate) fn learn(&mut self, row: Row<'_>, class: usize, weight: f64, offset: [f64; K]) {
        self.n_seen += 1.0;
        let grown = self.grown();
        let intercepts = self.intercepts(grown);
        let mut at_hand = std::mem::take(&mut self.at_hand);
        at_hand.clear();
        let mut sums = [0.0f32; K];
        for (column, value) in row.iter() {
            let weights = self.columns[column].weights(self.penalty(column, grown));
            (0..K).for_each(|k| sums[k] += value * weights[k]);
            at_hand.push(weights);
        }
        let logits = std::array::from_fn(|k| offset[k] + f64::from(intercepts[k]) + f64::from(sums[k]));
        let mut gradient = softmax::<K>(&logits);
        gradient[class] -= 1.0;
        let gradient = gradient.map(|g| (weight * g) as f32);
        for ((column, value), weights) in row.iter().zip(&at_hand) {
            self.columns[column].learn(gradient.map(|g| value * g), *weights);
        }
        if let Some(state) = &mut self.intercept {
            state.learn(gradient, intercepts);
        }
        self.at_hand = at_hand;
    }
}
