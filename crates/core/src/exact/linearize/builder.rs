//! The form of a layer, from those of the layers that it reads.

use super::{LinearForm, Term};
use crate::network::{Network, Operation};
use crate::ops::Fixed;
use std::collections::BTreeMap;

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

/// The forms of the nodes so far.
pub struct FormBuilder<'a, S> {
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
    /// Of nothing yet.
    pub fn new(network: &'a Network, selected: &'a S) -> Self {
        let graph = &network.graph;
        let mut random = vec![false; graph.nodes.len()];
        for (index, node) in graph.nodes.iter().enumerate() {
            random[index] = node.operation.sources().iter().any(|&source| random[source])
                || node.operation.site().is_some_and(|site| graph.sites[site].is_random() && selected(site));
        }
        let forms = vec![Form::default(); graph.nodes.len()];
        Self { network, selected, random, forms, gated: Vec::new(), open: Vec::new() }
    }

    /// The form of some units of `target`, after those of all nodes on the way.
    pub fn build(mut self, target: usize, units: &[usize]) -> LinearForm {
        let needed = self.network.graph.ancestors(&[target]);
        for index in (0..target).filter(|&index| needed[index]) {
            if self.random[index] {
                self.forms[index] = self.form(index);
            }
        }
        self.target(target, units)
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
