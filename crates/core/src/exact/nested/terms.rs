//! The units of a level that are affine in its gates, term by term, and their values over a block of masks.
//!
//! `S = b + Σ_i w_i v_i + Σ_g δ_g·w_g v_g`, where the `v` are units of the levels above, which a block takes in [`Cut::lanes`]
//! lanes. All masks of the `low` gates come by doubling: with gate `g` kept, `S` is what it was without, plus `w_g v_g`.
//!
//! [`Cut::lanes`]: super::levels::Cut

use super::frame::{FIRST_GATE, ONES, Place, Places};
use super::levels::Outline;
use crate::exact::subnetwork::Subnetwork;
use crate::exponential64::ExpNormal;
use crate::network::{Dense, Graph, Network, Operation};
use crate::ops::Fixed;
use thinned_lanes::{Backend, F64x2};

/// One pre-activation, or value where there is no activation.
#[derive(Clone, Debug, Default)]
pub struct AffineUnit {
    constant: f64,
    open: Vec<Term>,
    gated: Vec<Vec<Term>>, // by gate that varies: more than one where it has several units
}

/// `weight` times a lane array of the frame.
#[derive(Clone, Copy, Debug)]
struct Term {
    slot: usize,
    weight: f64,
}

/// A contribution to a copied unit.
struct Leaf {
    gate: Option<usize>, // its place in the level
    node: usize,
    unit: usize,
    factor: f64,
}

/// What terms are made from.
pub struct Terms<'a> {
    /// The network.
    pub network: &'a Network,
    /// Every gate at its mean: the values of nodes that no gate of the group changes.
    pub deterministic: &'a Subnetwork,
    /// The level.
    pub level: &'a Outline,
    /// Where values of the levels above are.
    pub places: &'a Places,
    /// Gates that vary over masks; one more is the lanes of the frame, where there is no level above.
    pub varying: usize,
}

impl Terms<'_> {
    /// Units of an affine node, in the order asked for.
    pub fn units(&self, node: usize, units: &[usize]) -> Vec<AffineUnit> {
        let graph = &self.network.graph;
        let dense = match &graph.nodes[node].operation {
            Operation::Dense(dense) => dense,
            Operation::Fixed(fixed) => return units.iter().map(|&unit| self.fixed(fixed, unit)).collect(),
            _ => return units.iter().map(|&unit| self.copied(node, unit)).collect(),
        };
        let mut affine: Vec<AffineUnit> = units.iter().map(|&unit| self.bias(dense, unit)).collect();
        for input in 0..graph.nodes[dense.source].width {
            if node == self.level.owner {
                self.add_gated_row(dense, input, units, &mut affine);
            } else {
                self.add_row(dense, input, units, &mut affine);
            }
        }
        affine
    }

    fn copied(&self, node: usize, unit: usize) -> AffineUnit {
        let mut affine = self.empty();
        self.leaves(node, unit, &mut |leaf| self.add(&mut affine, &leaf, 1.0));
        affine
    }

    fn fixed(&self, fixed: &Fixed, unit: usize) -> AffineUnit {
        let mut affine = AffineUnit { constant: fixed.constant(self.network, unit), ..self.empty() };
        fixed.terms(self.network, unit, &mut |source, place, weight| {
            self.leaves(source, place, &mut |leaf| self.add(&mut affine, &leaf, weight));
        });
        affine
    }

    fn bias(&self, dense: &Dense, unit: usize) -> AffineUnit {
        let constant = dense.bias.map_or(0.0, |bias| self.network.parameters[bias][unit].into());
        AffineUnit { constant, ..self.empty() }
    }

    fn empty(&self) -> AffineUnit {
        AffineUnit { gated: vec![Vec::new(); self.varying], ..AffineUnit::default() }
    }

    /// A row of the kernel over a copied unit.
    fn add_row(&self, dense: &Dense, input: usize, units: &[usize], affine: &mut [AffineUnit]) {
        let kernel = &self.network.parameters[dense.kernel];
        let width = self.network.graph.parameters[dense.kernel].shape[1];
        self.leaves(dense.source, input, &mut |leaf| {
            for (affine, unit) in affine.iter_mut().zip(units) {
                self.add(affine, &leaf, kernel[input * width + unit].into());
            }
        });
    }

    /// A row of the kernel whose weights are gated themselves.
    fn add_gated_row(&self, dense: &Dense, input: usize, units: &[usize], affine: &mut [AffineUnit]) {
        let kernel = &self.network.parameters[dense.kernel];
        let width = self.network.graph.parameters[dense.kernel].shape[1];
        for (affine, unit) in affine.iter_mut().zip(units) {
            let leaf = self.gated(dense.source, input, dense.site, input * width + unit);
            self.add(affine, &leaf, kernel[input * width + unit].into());
        }
    }

    /// What a unit of a copying node is made of.
    fn leaves(&self, node: usize, unit: usize, found: &mut dyn FnMut(Leaf)) {
        if self.level.nodes.binary_search(&node).is_err() {
            return found(Leaf { gate: None, node, unit, factor: 1.0 });
        }
        let graph = &self.network.graph;
        match &graph.nodes[node].operation {
            Operation::Dropout { source, site } => {
                found(self.gated(*source, unit, Some(*site), unit % graph.sites[*site].len()));
            }
            Operation::Concat { sources } => {
                let mut unit = unit;
                for &source in sources {
                    let width = graph.nodes[source].width;
                    if unit < width {
                        return self.leaves(source, unit, found);
                    }
                    unit -= width;
                }
            }
            Operation::Add { sources } => sources.iter().for_each(|&source| self.leaves(source, unit, found)),
            Operation::Fixed(fixed) => fixed.reads(unit, &mut |source, place| self.leaves(source, place, found)),
            Operation::Input | Operation::Dense(_) => {}
        }
    }

    /// A unit behind a gate, which is open when the group does not have it.
    fn gated(&self, node: usize, unit: usize, site: Option<usize>, gate: usize) -> Leaf {
        let Some(site) = site else { return Leaf { gate: None, node, unit, factor: 1.0 } };
        let place = self.level.gates.iter().position(|other| *other == (site, gate));
        let site = &self.network.graph.sites[site];
        let factor = if place.is_some() { site.kept_factor(gate) } else { site.mean_factor(gate) };
        Leaf { gate: place, node, unit, factor }
    }

    fn add(&self, affine: &mut AffineUnit, leaf: &Leaf, weight: f64) {
        let weight = weight * leaf.factor;
        let term = match self.places.of(leaf.node) {
            Place::Fixed => {
                let weight = weight * self.deterministic.values[leaf.node][leaf.unit];
                if leaf.gate.is_none() {
                    affine.constant += weight;
                    return;
                }
                Term { slot: ONES, weight }
            }
            Place::Frame(slot) => Term { slot: slot + leaf.unit, weight },
            Place::Block(_) => return, // An affine unit reads from the levels above alone.
        };
        match leaf.gate {
            None => affine.open.push(term),
            // The gate that is the lanes of the first level: its source is fixed, since nothing is above.
            Some(gate) if gate == self.varying => affine.open.push(Term { slot: FIRST_GATE, ..term }),
            // The same unit may come on several paths.
            Some(gate) => match affine.gated[gate].iter_mut().find(|other| other.slot == term.slot) {
                Some(present) => present.weight += term.weight,
                None => affine.gated[gate].push(term),
            },
        }
    }
}

/// Values of a level's frame: what [`Term::slot`] counts, `[slots, lanes]`.
#[derive(Clone, Copy)]
pub struct Lanes<'a> {
    /// All slots.
    pub values: &'a [f64],
    /// Lanes of a slot.
    pub lanes: usize,
}

impl Lanes<'_> {
    fn pairs(&self, slot: usize) -> &[[f64; 2]] {
        self.values[slot * self.lanes..(slot + 1) * self.lanes].as_chunks().0
    }

    fn add<B: Backend>(&self, term: &Term, scale: f64, out: &mut [[f64; 2]]) {
        let weight = B::F64::splat(scale * term.weight);
        for (sum, value) in out.iter_mut().zip(self.pairs(term.slot)) {
            B::F64::load(value).mul_add(weight, B::F64::load(sum)).store(sum);
        }
    }
}

impl AffineUnit {
    /// `scale·S + shift` of the masks in which no low gate is kept and the gates of `high`, counted from `low`, are, `[lanes]`.
    pub fn base<B: Backend>(&self, frame: Lanes, low: usize, high: u64, scale: f64, shift: f64, out: &mut [[f64; 2]]) {
        out.fill([scale * self.constant + shift; 2]);
        let kept = self.gated[low..].iter().enumerate().filter(|(gate, _)| high >> gate & 1 == 1);
        for term in self.open.iter().chain(kept.flat_map(|(_, terms)| terms)) {
            frame.add::<B>(term, scale, out);
        }
    }

    /// `scale·w_g v_g` of one gate, `[lanes]`; whether the unit has the gate at all.
    pub fn change<B: Backend>(&self, frame: Lanes, gate: usize, scale: f64, out: &mut [[f64; 2]]) -> bool {
        let Some((first, others)) = self.gated[gate].split_first() else { return false };
        let weight = B::F64::splat(scale * first.weight);
        for (change, value) in out.iter_mut().zip(frame.pairs(first.slot)) {
            (B::F64::load(value) * weight).store(change);
        }
        for term in others {
            frame.add::<B>(term, scale, out);
        }
        true
    }

    /// `S` over all masks of the low gates, `[masks, lanes]`.
    pub fn values<B: Backend>(&self, frame: Lanes, low: usize, high: u64, scratch: &mut [[f64; 2]], out: &mut [f64]) {
        self.doubled::<B>(frame, (low, high), [1.0, 0.0], |x| x, |sum, term| sum + term, scratch, out);
    }

    /// `1 / (1 + e^−X)`, `X = scale·S + shift`, over the same masks where no `|X|` exceeds [`MOST_NORMAL`]: `e^−X` is a product.
    pub fn logistic<B: Backend>(
        &self,
        frame: Lanes,
        masks: (usize, u64),
        line: [f64; 2],
        scratch: &mut [[f64; 2]],
        out: &mut [f64],
    ) {
        let exp = ExpNormal::<B>::held();
        self.doubled::<B>(frame, masks, line, |x| exp.of(-x), |product, factor| product * factor, scratch, out);
        let one = B::F64::held(1.0);
        for value in out.as_chunks_mut().0 {
            (one / (one + B::F64::load(value))).store(value);
        }
    }

    /// What joins of `map` of the base and of the changes make, with every gate that is kept one more.
    #[inline(always)]
    fn doubled<B: Backend>(
        &self,
        frame: Lanes,
        (low, high): (usize, u64),
        [scale, shift]: [f64; 2],
        map: impl Fn(B::F64) -> B::F64,
        join: impl Fn(B::F64, B::F64) -> B::F64,
        scratch: &mut [[f64; 2]],
        out: &mut [f64],
    ) {
        let out = out.as_chunks_mut().0;
        let lanes = frame.lanes / 2;
        let change = &mut scratch[..lanes];
        self.base::<B>(frame, low, high, scale, shift, &mut out[..lanes]);
        out[..lanes].iter_mut().for_each(|x| map(B::F64::load(x)).store(x));
        for gate in 0..low {
            let (without, with) = out.split_at_mut(lanes << gate);
            let with = &mut with[..without.len()];
            if self.change::<B>(frame, gate, scale, change) {
                change.iter_mut().for_each(|x| map(B::F64::load(x)).store(x));
                for (without, with) in without.chunks_exact(lanes).zip(with.chunks_exact_mut(lanes)) {
                    for ((without, with), change) in without.iter().zip(with).zip(&*change) {
                        join(B::F64::load(without), B::F64::load(change)).store(with);
                    }
                }
            } else {
                with.copy_from_slice(without);
            }
        }
    }
}

/// The nodes of other levels that an affine node reads.
pub fn sources_of(graph: &Graph, level: &Outline, node: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        for &source in graph.nodes[node].operation.sources() {
            if level.nodes.binary_search(&source).is_ok() { open.push(source) } else { found.push(source) }
        }
    }
    found
}
