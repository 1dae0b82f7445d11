//! Finds the pre-activations that are affine in independent gates, and their coefficients for one row.
//!
//! A node is *fixed* when no gate changes it, *affine* when its units are sums of independently gated fixed terms.
//! Gates over fixed units are affine; dense layers without activation, concatenations and sums of affine nodes are
//! affine. Gates over an affine node are not: their product with the gates below is of second degree. Which gates are
//! meant is the caller's: those that are not are as good as fixed.

use crate::activation::Activation;
use crate::exact::affine::AffineUnits;
use crate::exact::subnetwork::Subnetwork;
use crate::exact::upstream::{Gate, Group};
use crate::network::{Graph, Network, Operation};
use crate::ops::Fixed;
use std::collections::BTreeMap;

/// How a node depends on the gates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Degree {
    Fixed,
    Affine,
    Other,
}

/// Whether the pre-activations of `target` (a node without activation: its values) are affine in the gates.
pub fn is_affine(graph: &Graph, target: usize) -> bool {
    is_affine_in(graph, target, |_| true)
}

/// The same for the gates of some sites, those of the others being held; none of those may lie over a selected one.
pub fn is_affine_in(graph: &Graph, target: usize, selected: impl Fn(usize) -> bool) -> bool {
    let mut degrees: Vec<Degree> = Vec::new();
    for (index, node) in graph.nodes[..=target].iter().enumerate() {
        let is_sum = match &node.operation {
            Operation::Fixed(fixed) => fixed.is_sum(),
            // One gate of several units is no gate of one term, and noise none at all.
            Operation::Dropout { site, .. } => {
                graph.sites[*site].is_thinning() && graph.sites[*site].len() == node.width
            }
            _ => true,
        };
        let below = node.operation.sources().iter().map(|&source| degrees[source]).max().unwrap_or(Degree::Fixed);
        let degree = match (below, node.operation.site().filter(|&site| graph.sites[site].is_random())) {
            (Degree::Fixed, Some(site)) if selected(site) && is_sum => Degree::Affine,
            (Degree::Fixed, Some(site)) if selected(site) => Degree::Other,
            (Degree::Fixed, _) => Degree::Fixed,
            (Degree::Affine, None) if is_sum => Degree::Affine,
            _ => Degree::Other,
        };
        let curved = graph.activation(index).is_some_and(|activation| activation != Activation::Linear);
        degrees.push(if curved && index != target && degree != Degree::Fixed { Degree::Other } else { degree });
    }
    degrees[target] != Degree::Other
}

/// One fixed activity in a sum: behind a gate that can be dropped, or open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// Where the activity is.
    pub node: usize,
    /// Which of the node's units it is.
    pub unit: usize,
    /// The gate; of a gated connection into the target that of its first unit, the others having one like it each.
    pub gate: Option<Gate>,
    /// The probability of keeping.
    pub keep: f64,
    /// The probability of dropping, as given.
    pub rate: f64,
}

/// Pre-activations `S_u = c_u + Σ_k δ_k m_ku O_k` over fixed activities `O`; what they are is not in it.
#[derive(Clone, Debug, Default)]
pub struct LinearForm {
    /// Those behind gates first, in the order of sites and gates.
    pub terms: Vec<Term>,
    /// `c`, `[units]`.
    pub constants: Vec<f64>,
    /// `m`, `[terms, units]`.
    pub matrix: Vec<f64>,
}

/// Units of a node as `constant + Σ coefficient · term`.
#[derive(Clone, Debug, Default)]
struct Form {
    constants: Vec<f64>,
    terms: Vec<Vec<(usize, f64)>>,
}

impl Form {
    /// That of some of its units.
    fn of(mut self, units: &[usize]) -> Self {
        let constants = units.iter().map(|&unit| self.constants[unit]).collect();
        let terms = units.iter().map(|&unit| core::mem::take(&mut self.terms[unit])).collect();
        Self { constants, terms }
    }
}

impl LinearForm {
    /// The form of the selected units of `target` in the gates of the selected sites; [`is_affine_in`] must hold of them.
    pub fn new(network: &Network, target: usize, units: &[usize], selected: impl Fn(usize) -> bool) -> Self {
        let graph = &network.graph;
        let needed = graph.ancestors(&[target]);
        let mut builder = FormBuilder::new(network, &selected);
        for index in (0..target).filter(|&index| needed[index]) {
            if builder.random[index] {
                builder.forms[index] = builder.form(index);
            }
        }
        builder.target(target, units)
    }

    /// Keeps of the gated terms those of `gates`, sorted: the others reach none of the units.
    pub fn restricted(mut self, gates: &[Gate]) -> Self {
        let units = self.constants.len();
        let is_kept = |term: &Term| term.gate.is_none_or(|gate| gates.binary_search(&gate).is_ok());
        if !self.terms.iter().all(is_kept) {
            let rows = self.terms.iter().zip(self.matrix.chunks_exact(units));
            self.matrix = rows.filter(|(term, _)| is_kept(term)).flat_map(|(_, row)| row.iter().copied()).collect();
            self.terms.retain(is_kept);
        }
        self
    }

    /// How many terms are behind gates.
    pub fn gates(&self) -> usize {
        self.terms.partition_point(|term| term.gate.is_some())
    }

    /// The pre-activations where the activities are what `activity` says of a node and a unit.
    pub fn at(&self, activity: impl Fn(usize, usize) -> f64) -> AffineUnits {
        let (units, gates) = (self.constants.len(), self.gates());
        let mut affine = AffineUnits {
            keep: self.terms[..gates].iter().map(|term| term.keep).collect(),
            rate: self.terms[..gates].iter().map(|term| term.rate).collect(),
            constants: self.constants.clone(),
            coefficients: Vec::with_capacity(gates * units),
        };
        for (term, row) in self.terms.iter().zip(self.matrix.chunks_exact(units)) {
            let activity = activity(term.node, term.unit);
            if term.gate.is_some() {
                affine.coefficients.extend(row.iter().map(|weight| weight * activity));
            } else {
                affine.constants.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight * activity);
            }
        }
        affine
    }
}

/// The forms of the nodes so far.
struct FormBuilder<'a, S> {
    network: &'a Network,
    selected: &'a S,
    random: Vec<bool>, // that a selected gate changes
    forms: Vec<Form>,
    gated: Vec<Term>,
    open: Vec<Term>,
}

/// Open terms are numbered from here on until all gates are known.
const OPEN: usize = usize::MAX / 2 + 1;

impl<'a, S: Fn(usize) -> bool> FormBuilder<'a, S> {
    fn new(network: &'a Network, selected: &'a S) -> Self {
        let graph = &network.graph;
        let mut random = vec![false; graph.nodes.len()];
        for (index, node) in graph.nodes.iter().enumerate() {
            random[index] = node.operation.sources().iter().any(|&source| random[source])
                || node.operation.site().is_some_and(|site| graph.sites[site].is_random() && selected(site));
        }
        let forms = vec![Form::default(); graph.nodes.len()];
        Self { network, selected, random, forms, gated: Vec::new(), open: Vec::new() }
    }

    /// The units of a node, each an open term where it is fixed.
    fn source(&mut self, node: usize) -> Form {
        if self.random[node] {
            return self.forms[node].clone();
        }
        let width = self.network.graph.nodes[node].width;
        let first = self.open.iter().position(|term| term.node == node).unwrap_or_else(|| {
            let open = |unit: usize| Term { node, unit, gate: None, keep: 1.0, rate: 0.0 };
            self.open.extend((0..width).map(open));
            self.open.len() - width
        });
        Form { constants: vec![0.0; width], terms: (0..width).map(|unit| vec![(OPEN + first + unit, 1.0)]).collect() }
    }

    fn gate(&mut self, node: usize, unit: usize, site: usize, gate: usize) -> usize {
        let of = &self.network.graph.sites[site];
        self.gated.push(Term { node, unit, gate: Some((site, gate)), keep: of.keep(gate), rate: of.rate(gate) });
        self.gated.len() - 1
    }

    fn is_gated(&self, site: usize) -> bool {
        self.network.graph.sites[site].is_random() && (self.selected)(site)
    }

    fn form(&mut self, index: usize) -> Form {
        let graph = &self.network.graph;
        let width = graph.nodes[index].width;
        match &graph.nodes[index].operation {
            Operation::Dense(dense) => {
                let (source, site) = (dense.source, dense.site.filter(|&site| self.is_gated(site)));
                let mut form = Form { constants: self.bias(index), terms: vec![Vec::new(); width] };
                let kernel = &self.network.parameters[dense.kernel];
                let Some(site) = site else {
                    let below = self.source(source);
                    for (input, terms) in below.terms.iter().enumerate() {
                        let weights = &kernel[input * width..(input + 1) * width];
                        for (unit, &weight) in weights.iter().enumerate() {
                            form.constants[unit] += f64::from(weight) * below.constants[input];
                            let scaled =
                                terms.iter().map(|(term, coefficient)| (*term, f64::from(weight) * coefficient));
                            form.terms[unit].extend(scaled);
                        }
                    }
                    return form;
                };
                for (gate, &weight) in kernel.iter().enumerate() {
                    let term = self.gate(source, gate / width, site, gate);
                    form.terms[gate % width].push((term, graph.sites[site].kept_factor(gate) * f64::from(weight)));
                }
                form
            }
            Operation::Dropout { source, site } if self.is_gated(*site) => {
                let mut open = None;
                let mut form = Form { constants: vec![0.0; width], terms: Vec::with_capacity(width) };
                for unit in 0..width {
                    let factor = graph.sites[*site].kept_factor(unit);
                    let term = if graph.sites[*site].rate(unit) > 0.0 {
                        self.gate(*source, unit, *site, unit)
                    } else {
                        open.get_or_insert_with(|| self.source(*source)).terms[unit][0].0
                    };
                    form.terms.push(vec![(term, factor)]);
                }
                form
            }
            Operation::Dropout { source, .. } => self.source(*source),
            Operation::Concat { sources } => {
                let mut form = Form::default();
                for &source in sources {
                    let source = self.source(source);
                    form.constants.extend(source.constants);
                    form.terms.extend(source.terms);
                }
                form
            }
            Operation::Add { sources } => {
                let mut form = Form { constants: vec![0.0; width], terms: vec![Vec::new(); width] };
                for &source in sources {
                    let source = self.source(source);
                    form.constants.iter_mut().zip(source.constants).for_each(|(sum, constant)| *sum += constant);
                    form.terms.iter_mut().zip(source.terms).for_each(|(sum, terms)| sum.extend(terms));
                }
                form
            }
            Operation::Fixed(fixed) => {
                let units: Vec<usize> = (0..width).collect();
                self.fixed(fixed, &units)
            }
            Operation::Input => self.source(index),
        }
    }

    /// These units of a layer without gates.
    fn fixed(&mut self, fixed: &Fixed, units: &[usize]) -> Form {
        let sources: BTreeMap<usize, Form> =
            fixed.sources.iter().map(|&source| (source, self.source(source))).collect();
        let mut form = Form { constants: Vec::with_capacity(units.len()), terms: Vec::with_capacity(units.len()) };
        for &unit in units {
            let (mut constant, mut terms) = (fixed.constant(self.network, unit), Vec::new());
            fixed.terms(self.network, unit, &mut |source, place, weight| {
                let below = &sources[&source];
                constant += weight * below.constants[place];
                terms.extend(below.terms[place].iter().map(|&(term, inner)| (term, weight * inner)));
            });
            merge(&mut terms);
            form.constants.push(constant);
            form.terms.push(terms);
        }
        form
    }

    fn bias(&self, index: usize) -> Vec<f64> {
        let width = self.network.graph.nodes[index].width;
        let bias = self.network.graph.dense(index).and_then(|dense| dense.bias);
        bias.map_or_else(
            || vec![0.0; width],
            |bias| self.network.parameters[bias].iter().map(|&bias| bias.into()).collect(),
        )
    }

    /// The target's own form as a matrix: a term that reaches a unit on several ways is one term.
    fn target(mut self, index: usize, units: &[usize]) -> LinearForm {
        let graph = &self.network.graph;
        let count = units.len();
        let Some(dense) = graph.dense(index) else {
            let form = match &graph.nodes[index].operation {
                // Not of all units: those of an image are many groups, each with a form of its own.
                Operation::Fixed(fixed) if self.random[index] || fixed.is_sum() => self.fixed(fixed, units),
                // What is no sum has a value and no form, which may be had where no gate changes it.
                _ if self.random[index] => self.form(index).of(units),
                _ => self.source(index).of(units),
            };
            let mut matrix = vec![0.0; (self.gated.len() + self.open.len()) * count];
            for (column, terms) in form.terms.iter().enumerate() {
                for &(term, coefficient) in terms {
                    matrix[self.place(term) * count + column] += coefficient;
                }
            }
            return self.finish(form.constants, matrix);
        };
        let bias = self.bias(index);
        let mut constants: Vec<f64> = units.iter().map(|&unit| bias[unit]).collect();
        let (kernel, width) = (&self.network.parameters[dense.kernel], graph.nodes[index].width);
        let weight = |input: usize, unit: usize| f64::from(kernel[input * width + unit]);
        let inputs = graph.nodes[dense.source].width;
        if let Some(site) = dense.site.filter(|&site| self.is_gated(site)) {
            // Of independent gates of one rate: each unit has its own, which look the same to it.
            let factor = graph.sites[site].kept_factor(0);
            for input in 0..inputs {
                self.gate(dense.source, input, site, input * width + units[0]);
            }
            let rows = (0..inputs).flat_map(|input| units.iter().map(move |&unit| factor * weight(input, unit)));
            let matrix = rows.collect();
            return self.finish(constants, matrix);
        }
        let form = self.source(dense.source);
        let mut matrix = vec![0.0; (self.gated.len() + self.open.len()) * count];
        for (input, (constant, terms)) in form.constants.iter().zip(&form.terms).enumerate() {
            for (sum, &unit) in constants.iter_mut().zip(units) {
                *sum += weight(input, unit) * constant;
            }
            for &(term, coefficient) in terms {
                let place = self.place(term);
                let row = &mut matrix[place * count..(place + 1) * count];
                row.iter_mut().zip(units).for_each(|(sum, &unit)| *sum += weight(input, unit) * coefficient);
            }
        }
        self.finish(constants, matrix)
    }

    fn place(&self, term: usize) -> usize {
        if term >= OPEN { self.gated.len() + term - OPEN } else { term }
    }

    fn finish(self, constants: Vec<f64>, matrix: Vec<f64>) -> LinearForm {
        let terms = self.gated.into_iter().chain(self.open).collect();
        LinearForm { terms, constants, matrix }
    }
}

/// Adds up what reaches a unit from one term on several ways; else the lists would grow with every layer.
fn merge(terms: &mut Vec<(usize, f64)>) {
    terms.sort_by_key(|(term, _)| *term); // stable: what is equal keeps its order, which fixes the sum
    terms.dedup_by(|later, kept| {
        let same = later.0 == kept.0;
        if same {
            kept.1 += later.1;
        }
        same
    });
}

/// The pre-activations of the group's units for the row of `deterministic`; [`is_affine`] must hold.
pub fn affine_units(network: &Network, group: &Group, deterministic: &Subnetwork) -> AffineUnits {
    let form = LinearForm::new(network, deterministic.target(), &group.units, |_| true).restricted(&group.gates);
    form.at(|node, unit| deterministic.values[node][unit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::upstream::groups;
    use crate::gates::Scaling;
    use crate::network::Builder;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Gated inputs and a gated connection into linear layers, joined with the open input.
    fn network() -> Network {
        let mut builder = Builder::default();
        let input = builder.input(3).unwrap();
        let gates = builder.dropout("d", input, &[0.5, 0.0, 0.2], Scaling::Inverted).unwrap();
        let linear = builder.dense("l", gates, 2, Activation::Linear, true, None, None).unwrap();
        let connections = Some((0.3, Scaling::Standard));
        let other = builder.dense("c", input, 2, Activation::Linear, false, connections, None).unwrap();
        let sum = builder.add("s", &[linear, other]).unwrap();
        let joined = builder.concat("j", &[sum, gates, input]).unwrap();
        let output = builder.dense("o", joined, 2, Activation::Tanh, true, None, None).unwrap();
        builder.build(output, 3).unwrap()
    }

    #[test]
    fn forms_give_the_pre_activations_of_every_subnetwork() {
        let network = network();
        let graph = &network.graph;
        for target in 1..graph.nodes.len() {
            assert!(is_affine(graph, target));
            for group in groups(graph, target, None).unwrap() {
                let x = [0.7f32, -1.3, 0.4];
                // A dropout node is looked at before its own gates; affine_units asks for the node that this names.
                let target = graph.before_gates(target);
                let mut subnetwork = Subnetwork::new(graph, target);
                subnetwork.pass(&network, &x, &graph.ancestors(&[target]));
                let units = affine_units(&network, &group, &subnetwork);
                for mask in 0..1u32 << group.gates.len() {
                    for (bit, &(site, gate)) in group.gates.iter().enumerate() {
                        let factor = graph.sites[site].kept_factor(gate);
                        subnetwork.factors[site][gate] = if mask >> bit & 1 == 1 { factor } else { 0.0 };
                    }
                    subnetwork.pass(&network, &x, &graph.ancestors(&[target]));
                    let dense = graph.dense(target).is_some();
                    let values = if dense { &subnetwork.logits[target] } else { &subnetwork.values[target] };
                    for (column, &unit) in group.units.iter().enumerate() {
                        let terms = units.column(column).enumerate();
                        let kept = terms.filter(|(gate, _)| mask >> gate & 1 == 1).map(|(_, coefficient)| coefficient);
                        let sum = units.constants[column] + kept.sum::<f64>();
                        assert!((sum - values[unit]).abs() < 1e-14, "target {target}, unit {unit}, mask {mask:b}");
                    }
                }
            }
        }
    }

    #[test]
    fn gates_over_gated_or_curved_units_are_not_affine() {
        let mut builder = Builder::default();
        let input = builder.input(2).unwrap();
        let first = builder.dropout("d1", input, &[0.5], Scaling::Inverted).unwrap();
        let linear = builder.dense("l", first, 2, Activation::Linear, true, None, None).unwrap();
        let second = builder.dropout("d2", linear, &[0.5], Scaling::Inverted).unwrap();
        let deep = builder.dense("deep", second, 1, Activation::Linear, true, None, None).unwrap();
        let curved = builder.dense("curved", first, 2, Activation::Relu, true, None, None).unwrap();
        let above = builder.dense("above", curved, 1, Activation::Linear, true, None, None).unwrap();
        let network = builder.build(above, 0).unwrap();
        let affine: Vec<usize> = (0..=above).filter(|&node| is_affine(&network.graph, node)).collect();
        assert_eq!(affine, [input, first, linear, curved]);
        assert!(!affine.contains(&second) && !affine.contains(&deep));
    }
}
