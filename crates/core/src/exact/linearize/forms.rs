//! The forms of what a target reads, and that of any of its units.

use super::builder::OPEN;
use super::{LinearForm, Term};
use crate::network::{Network, Operation};
use crate::ops::Fixed;

/// Units of a node as `constant + Σ coefficient · term`.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// By unit.
    pub constants: Vec<f64>,
    /// By unit: numbers of terms, and their coefficients.
    pub terms: Vec<Vec<(usize, f64)>>,
}

/// The forms of what a target reads, from which that of any of its units is taken.
#[derive(Clone, Debug)]
pub struct Forms {
    /// The node whose units these are for.
    pub target: usize,
    /// Whether its own form is among them; else it is made from those of its sources.
    pub has_own: bool,
    /// By site: whether its gates are meant.
    pub is_gated: Vec<bool>,
    /// By node.
    pub forms: Vec<Form>,
    /// Terms behind gates, by number.
    pub gated: Vec<Term>,
    /// Open terms, by number from [`OPEN`] on.
    pub open: Vec<Term>,
}

impl Forms {
    /// The form of some units; a term that reaches a unit on several ways is one term.
    pub fn of(&self, network: &Network, units: &[usize]) -> LinearForm {
        match &network.graph.nodes[self.target].operation {
            Operation::Dense(dense) => match dense.site.filter(|&site| self.is_gated[site]) {
                Some(site) => self.of_connections(network, (dense.source, site), units),
                None => self.of_dense(network, dense.source, units),
            },
            Operation::Fixed(fixed) if !self.has_own => {
                self.matrix(fixed_form(network, fixed, &self.forms, units.iter().copied()))
            }
            _ => {
                let form = &self.forms[self.target];
                let terms = units.iter().map(|&unit| form.terms[unit].clone()).collect();
                self.matrix(Form { constants: some_of(&form.constants, units), terms })
            }
        }
    }

    /// As a matrix of the terms that there are.
    fn matrix(&self, form: Form) -> LinearForm {
        let used = used(form.terms.iter().flatten());
        let count = form.constants.len();
        let mut matrix = vec![0.0; used.len() * count];
        for (column, terms) in form.terms.iter().enumerate() {
            for (term, coefficient) in terms {
                matrix[place(&used, *term) * count + column] += coefficient;
            }
        }
        LinearForm { terms: self.terms(&used), constants: form.constants, matrix }
    }

    fn of_dense(&self, network: &Network, source: usize, units: &[usize]) -> LinearForm {
        let (form, count) = (&self.forms[source], units.len());
        let (mut constants, weight) = (some_of(&bias(network, self.target), units), weights(network, self.target));
        let used = used(form.terms.iter().flatten());
        let mut matrix = vec![0.0; used.len() * count];
        for (input, (constant, terms)) in form.constants.iter().zip(&form.terms).enumerate() {
            for (sum, &unit) in constants.iter_mut().zip(units) {
                *sum += weight(input, unit) * constant;
            }
            for &(term, coefficient) in terms {
                let place = place(&used, term);
                let row = &mut matrix[place * count..(place + 1) * count];
                row.iter_mut().zip(units).for_each(|(sum, &unit)| *sum += weight(input, unit) * coefficient);
            }
        }
        LinearForm { terms: self.terms(&used), constants, matrix }
    }

    /// Of independent gates of one rate: each unit has its own, which look the same to it.
    fn of_connections(&self, network: &Network, (source, site): (usize, usize), units: &[usize]) -> LinearForm {
        let graph = &network.graph;
        let (width, inputs) = (graph.nodes[self.target].width, graph.nodes[source].width);
        let of = &graph.sites[site];
        let (factor, weight) = (of.kept_factor(0), weights(network, self.target));
        let term = |input: usize| {
            let gate = input * width + units[0];
            Term { node: source, unit: input, gate: Some((site, gate)), keep: of.keep(gate), rate: of.rate(gate) }
        };
        let weight = &weight;
        let rows = (0..inputs).flat_map(|input| units.iter().map(move |&unit| factor * weight(input, unit)));
        LinearForm {
            matrix: rows.collect(),
            terms: (0..inputs).map(term).collect(),
            constants: some_of(&bias(network, self.target), units),
        }
    }

    fn terms(&self, used: &[usize]) -> Vec<Term> {
        let term = |&term: &usize| if term >= OPEN { self.open[term - OPEN] } else { self.gated[term] };
        used.iter().map(term).collect()
    }
}

/// The terms of some lists, those behind gates first.
fn used<'a>(terms: impl Iterator<Item = &'a (usize, f64)>) -> Vec<usize> {
    let mut used: Vec<usize> = terms.map(|(term, _)| *term).collect();
    used.sort_unstable();
    used.dedup();
    used
}

/// Where a term is among those used.
fn place(used: &[usize], term: usize) -> usize {
    used.partition_point(|other| *other < term)
}

fn some_of(values: &[f64], units: &[usize]) -> Vec<f64> {
    units.iter().map(|&unit| values[unit]).collect()
}

/// The biases of a dense layer, 0 where it has none.
pub fn bias(network: &Network, index: usize) -> Vec<f64> {
    let bias = network.graph.dense(index).and_then(|dense| dense.bias);
    bias.map_or_else(
        || vec![0.0; network.graph.nodes[index].width],
        |bias| network.parameters[bias].iter().map(|&bias| bias.into()).collect(),
    )
}

/// The weight of an input and a unit of a dense layer.
fn weights(network: &Network, index: usize) -> impl Fn(usize, usize) -> f64 {
    let width = network.graph.nodes[index].width;
    let kernel = network.graph.dense(index).map_or(&[][..], |dense| &network.parameters[dense.kernel]);
    move |input, unit| f64::from(kernel[input * width + unit])
}

/// The form of some units of a layer without gates, whose sources' are there.
pub fn fixed_form(network: &Network, fixed: &Fixed, forms: &[Form], units: impl Iterator<Item = usize>) -> Form {
    let mut form = Form::default();
    for unit in units {
        let (mut constant, mut terms) = (fixed.constant(network, unit), Vec::new());
        fixed.terms(network, unit, &mut |source, place, weight| {
            let below = &forms[source];
            constant += weight * below.constants[place];
            terms.extend(below.terms[place].iter().map(|&(term, inner)| (term, weight * inner)));
        });
        merge(&mut terms);
        form.constants.push(constant);
        form.terms.push(terms);
    }
    form
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
