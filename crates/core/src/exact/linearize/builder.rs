//! The forms of the layers that a target reads, one from another.

use super::Term;
use super::forms::{Form, Forms, bias, fixed_form};
use crate::network::{Network, Operation};

/// The forms of the nodes so far.
pub struct FormBuilder<'a> {
    network: &'a Network,
    is_gated: Vec<bool>, // by site
    random: Vec<bool>,   // that a selected gate changes
    forms: Vec<Form>,
    gated: Vec<Term>,
    open: Vec<Term>,
}

/// Open terms are numbered from here on until all gates are known.
pub const OPEN: usize = usize::MAX / 2 + 1;

impl<'a> FormBuilder<'a> {
    /// Of nothing yet.
    pub fn new(network: &'a Network, selected: impl Fn(usize) -> bool) -> Self {
        let graph = &network.graph;
        let sites = graph.sites.iter().enumerate();
        let is_gated: Vec<bool> = sites.map(|(index, site)| site.is_random() && selected(index)).collect();
        let mut random = vec![false; graph.nodes.len()];
        for (index, node) in graph.nodes.iter().enumerate() {
            random[index] = node.operation.sources().iter().any(|&source| random[source])
                || node.operation.site().is_some_and(|site| is_gated[site]);
        }
        let forms = vec![Form::default(); graph.nodes.len()];
        Self { network, is_gated, random, forms, gated: Vec::new(), open: Vec::new() }
    }

    /// The forms of all that `target` reads; where it has none but itself, its own.
    pub fn build(mut self, target: usize) -> Forms {
        let graph = &self.network.graph;
        let needed = graph.ancestors(&[target]);
        for index in (0..target).filter(|&index| needed[index]) {
            if self.random[index] {
                self.forms[index] = self.form(index);
            }
        }
        let node = &graph.nodes[target].operation;
        let has_own = match node {
            Operation::Dense(_) => false,
            // Not of all units: those of an image are many groups, each with a form of its own.
            Operation::Fixed(fixed) => !self.random[target] && !fixed.is_sum(),
            _ => true,
        };
        if has_own {
            // What is no sum has a value and no form, which may be had where no gate changes it.
            self.forms[target] = if self.random[target] { self.form(target) } else { self.source(target) };
        } else {
            self.add_sources(node.sources());
        }
        let Self { is_gated, forms, gated, open, .. } = self;
        Forms { target, has_own, is_gated, forms, gated, open }
    }

    /// The forms of fixed nodes, which those of others are made from.
    fn add_sources(&mut self, sources: &[usize]) {
        for &source in sources {
            if !self.random[source] {
                self.forms[source] = self.source(source);
            }
        }
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

    fn form(&mut self, index: usize) -> Form {
        let graph = &self.network.graph;
        let width = graph.nodes[index].width;
        match &graph.nodes[index].operation {
            Operation::Dense(dense) => {
                let (source, site) = (dense.source, dense.site.filter(|&site| self.is_gated[site]));
                let mut form = Form { constants: bias(self.network, index), terms: vec![Vec::new(); width] };
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
            Operation::Dropout { source, site } if self.is_gated[*site] => {
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
                self.add_sources(&fixed.sources);
                fixed_form(self.network, fixed, &self.forms, 0..width)
            }
            Operation::Input => self.source(index),
        }
    }
}
