//! The definition of truth: every mask, one full pass each.
//!
//! For each row and each group of units with the same upstream gates: all `2^n` assignments of those gates in counting
//! order, the probability of each as the plain product of its factors, one pass in double precision, compensated sums.
//! Cost `O(2^n · weights)`. Every faster method must agree with this one.

use crate::activation::{Activation, log_sum_exp, softplus};
use crate::error::Error;
use crate::exact::rounding::{error_bound, single_precision_floor};
use crate::exact::statistics::{Family, Table, UnitSums, report};
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::{Group, groups};
use crate::monte_carlo::check_rows;
use crate::network::Network;

/// A run over rows, groups and masks, advanced step by step; the order is fixed, so steps never change a bit.
pub struct Run {
    network: Network,
    x: Vec<f32>, // [rows, inputs]
    rows: usize,
    target: usize,
    groups: Vec<Group>,
    needed: Vec<bool>,
    place: Place,
    subnetwork: Subnetwork,
    changing: Vec<bool>, // nodes that a gate of the group at hand can change
    sums: Vec<UnitSums>, // [width]
    results: Vec<Table>, // by group, rows in order
    floor: Vec<f64>,     // [rows, units]
    error_bound: f64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    group: usize,
    row: usize,
    mask: u64,
}

impl Run {
    /// A run over all units of `node` or one of them, for the rows of `x`.
    ///
    /// # Errors
    /// `Range` when the node or unit does not exist or more than 62 gates are upstream (no computer gets there);
    /// `Shape` when `x` is not `rows` rows.
    pub fn new(network: &Network, node: usize, unit: Option<usize>, x: &[f32], rows: usize) -> Result<Self, Error> {
        let graph = &network.graph;
        let groups = groups(graph, node, unit)?;
        check_rows(x, rows, graph.input_width())?;
        let gates = groups.iter().map(|group| group.gates.len()).max().unwrap_or(0);
        if gates > 62 {
            return Err(Error::range(format!("Cannot enumerate the masks of {gates} gates, wanted at most 62")));
        }
        let target = graph.before_gates(node);
        let width = graph.input_width();
        let x_rows = || x.chunks_exact(width);
        let mut floor = Vec::new();
        for x in x_rows() {
            let all = single_precision_floor(network, target, x);
            match unit {
                Some(unit) => floor.push(all[unit]),
                None => floor.extend(all),
            }
        }
        let mut run = Self {
            x: x.to_vec(),
            rows,
            target,
            needed: graph.ancestors(&[target]),
            place: Place { group: 0, row: 0, mask: 0 },
            subnetwork: Subnetwork::new(graph, target),
            changing: Vec::new(),
            sums: Vec::new(),
            results: vec![Table::new(); groups.len()],
            floor,
            error_bound: x_rows().map(|x| error_bound(network, target, gates, x)).fold(0.0, f64::max),
            groups,
            network: network.clone(),
        };
        run.start_row();
        Ok(run)
    }

    /// Passes left, over all rows and groups.
    pub fn remaining(&self) -> f64 {
        let Place { group, row, mask } = self.place;
        let Some(current) = self.groups.get(group) else { return 0.0 };
        let masks = |group: &Group| (1u64 << group.gates.len()) as f64;
        let later: f64 = self.groups[group + 1..].iter().map(|group| masks(group) * self.rows as f64).sum();
        later + masks(current) * (self.rows - row) as f64 - mask as f64
    }

    /// Computes up to `evaluations` more passes.
    pub fn step(&mut self, evaluations: u64) {
        for _ in 0..evaluations {
            if self.place.group == self.groups.len() {
                return;
            }
            self.evaluate();
            self.advance();
        }
    }

    /// The named statistic, `[rows, units]`, when it has a meaning for this activation and the run is complete.
    pub fn statistic(&self, name: &str) -> Option<Vec<f64>> {
        if self.place.group < self.groups.len() {
            return None;
        }
        if name == "roundingFloor" {
            return Some(self.floor.clone());
        }
        let find = |table: &Table| table.iter().find(|(other, _)| *other == name).map(|(_, values)| values.clone());
        let columns: Vec<Vec<f64>> = self.results.iter().map(find).collect::<Option<_>>()?;
        let units: Vec<&usize> = self.groups.iter().flat_map(|group| &group.units).collect();
        let first = units.iter().copied().min().copied().unwrap_or(0);
        let mut values = vec![0.0; self.rows * units.len()];
        for (group, column) in self.groups.iter().zip(&columns) {
            for (index, value) in column.iter().enumerate() {
                let (row, unit) = (index / group.units.len(), group.units[index % group.units.len()]);
                values[row * units.len() + unit - first] = *value;
            }
        }
        Some(values)
    }

    /// The absolute error that no statistic but the Cartwright-Field ratios exceeds.
    pub fn error_bound(&self) -> f64 {
        self.error_bound
    }

    fn row(&self) -> core::ops::Range<usize> {
        let width = self.network.graph.input_width();
        self.place.row * width..(self.place.row + 1) * width
    }

    /// The deterministic pass of a new row, from which everything that no gate changes is kept.
    fn start_row(&mut self) {
        let graph = &self.network.graph;
        self.subnetwork = Subnetwork::new(graph, self.target);
        self.subnetwork.pass(&self.network, &self.x[self.row()], &self.needed);
        self.sums = self.subnetwork.values[self.target].iter().map(|&center| UnitSums::new(center)).collect();
        let gates = &self.groups[self.place.group].gates;
        self.changing = vec![false; graph.nodes.len()];
        for (index, node) in graph.nodes.iter().enumerate().filter(|(index, _)| self.needed[*index]) {
            let gated = node.operation.site().is_some_and(|site| gates.iter().any(|(other, _)| *other == site));
            self.changing[index] = gated || node.operation.sources().iter().any(|&source| self.changing[source]);
        }
    }

    fn evaluate(&mut self) {
        let mut p = 1.0;
        for (bit, &(site, gate)) in self.groups[self.place.group].gates.iter().enumerate() {
            let gates = &self.network.graph.sites[site];
            let kept = self.place.mask >> bit & 1 == 1;
            p *= if kept { gates.keep(gate) } else { gates.rate(gate) };
            self.subnetwork.factors[site][gate] = if kept { gates.kept_factor(gate) } else { 0.0 };
        }
        let row = self.row();
        self.subnetwork.pass(&self.network, &self.x[row], &self.changing);
        let Subnetwork { values, logits, .. } = &self.subnetwork;
        for (sums, &activity) in self.sums.iter_mut().zip(&values[self.target]) {
            sums.add(p, activity);
        }
        match self.activation() {
            Some(Activation::Sigmoid { c, lambda }) => {
                let shift = libm::log(c);
                for (sums, &logit) in self.sums.iter_mut().zip(logits) {
                    // From the pre-activation: an activity rounded to 0 or 1 has lost its logarithm.
                    let x = lambda * logit - shift;
                    sums.add_logarithms(p, -softplus(-x), -softplus(x));
                }
            }
            Some(Activation::Softmax) => {
                let log_total = log_sum_exp(logits);
                self.sums
                    .iter_mut()
                    .zip(logits)
                    .for_each(|(sums, logit)| sums.add_logarithms(p, logit - log_total, 0.0));
            }
            _ => {}
        }
    }

    fn advance(&mut self) {
        self.place.mask += 1;
        let group = &self.groups[self.place.group];
        if self.place.mask < 1 << group.gates.len() {
            return;
        }
        let family = match self.activation() {
            Some(Activation::Sigmoid { .. }) => Family::Logistic,
            Some(Activation::Softmax) => Family::Softmax,
            _ => Family::Other,
        };
        report(&mut self.results[self.place.group], family, &self.sums, &group.units, self.error_bound);
        self.place.mask = 0;
        self.place.row += 1;
        if self.place.row == self.rows {
            self.place.row = 0;
            self.place.group += 1;
        }
        if self.place.group < self.groups.len() {
            self.start_row();
        }
    }

    fn activation(&self) -> Option<Activation> {
        self.network.graph.dense(self.target).map(|dense| dense.activation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::Scaling;
    use crate::network::Builder;
    use std::rc::Rc;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// One gated input of weight `w` into one logistic unit with bias `b`.
    fn unit(w: f32, b: f32) -> Network {
        let mut builder = Builder::default();
        let input = builder.input(1).unwrap();
        let gated = builder.dropout("d", input, &[0.5], Scaling::Standard).unwrap();
        let sigmoid = Activation::Sigmoid { c: 1.0, lambda: 1.0 };
        let output = builder.dense("o", gated, 1, sigmoid, true, None, None).unwrap();
        let mut network = builder.build(output, 0).unwrap();
        network.parameters = Rc::new(vec![vec![w], vec![b]]);
        network
    }

    fn statistics(network: &Network, x: &[f32], names: &[&str]) -> Vec<f64> {
        let mut run = Run::new(network, network.graph.output, None, x, 1).unwrap();
        run.step(u64::MAX);
        names.iter().map(|name| run.statistic(name).unwrap()[0]).collect()
    }

    /// Baldi and Sadowski 2014, §8: activities σ(½) and σ(1), half each.
    #[test]
    fn the_published_example() {
        let names = ["mean", "geometricMean", "complementGeometricMean", "nwgm"];
        let values = statistics(&unit(0.5, 0.5), &[1.0], &names);
        for (value, published) in values.iter().zip([0.676_759, 0.674_577, 0.318_648, 0.679_179]) {
            assert!((value - published).abs() < 5e-7, "{value} is not {published}");
        }
    }

    /// Activities ¼ and ¾: the mean and its approximation are both ½, and the variance is 1/16.
    #[test]
    fn the_symmetric_example() {
        let log_3 = 3f32.ln();
        let values = statistics(&unit(2.0 * log_3, -log_3), &[1.0], &["mean", "nwgm", "variance"]);
        for (value, exact) in values.iter().zip([0.5, 0.5, 0.0625]) {
            assert!((value - exact).abs() < 1e-7);
        }
    }

    #[test]
    fn saturated_units_keep_finite_logarithms() {
        let names = ["mean", "variance", "geometricMean", "nwgm", "bounds.cartwrightField.upper"];
        let values = statistics(&unit(2000.0, -1000.0), &[1.0], &names);
        assert!((values[0] - 0.5).abs() < 1e-15 && (values[1] - 0.25).abs() < 1e-15);
        assert!((values[3] - 0.5).abs() < 1e-12, "S is -1000 or 1000, its mean 0: NWGM is a half, not NaN");
        assert!(values.iter().all(|value| !value.is_nan()));
    }

    #[test]
    fn steps_do_not_change_a_bit() {
        let network = unit(0.3, -0.2);
        let mut whole = Run::new(&network, network.graph.output, None, &[1.0, 2.0, -3.0], 3).unwrap();
        let mut pieces = Run::new(&network, network.graph.output, None, &[1.0, 2.0, -3.0], 3).unwrap();
        assert_eq!(whole.remaining(), 6.0);
        whole.step(6);
        while pieces.remaining() > 0.0 {
            assert_eq!(pieces.statistic("mean"), None);
            pieces.step(1);
        }
        assert_eq!(whole.statistic("variance"), pieces.statistic("variance"));
    }
}
