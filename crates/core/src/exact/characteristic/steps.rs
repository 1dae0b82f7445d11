//! From columns to statistics: a unit after the other, with pauses after many of them and in a long one.

use crate::exact::affine::{AffineUnits, UnitStatistics};
use crate::exact::characteristic::column::{self, Column};
use crate::exact::characteristic::cumulants::Series;
use crate::exact::characteristic::exponent::Exponent;
use crate::exact::characteristic::grid::{self, Grids};
use crate::exact::characteristic::integrals::Integrals;
use crate::exact::characteristic::transform::{Partial, Transform};
use crate::exact::characteristic::{MOST_NODES, is_saturated};
use core::ops::{ControlFlow, Range};
use thinned_lanes::Backend;

/// `Var X` from which a unit has enough variance for an absolute error to be a relative one.
const NARROW: f64 = 1.0 / 16.0;
/// Factors at nodes that are multiplied without a pause: some ten milliseconds.
pub const MOST_PRODUCTS: usize = 1 << 23;
/// Such products that take as long as one node with its kernels, or as one gate with its powers.
const PRODUCTS_OF_A_PLACE: usize = 64;

/// Nodes of which the grid is a step by itself.
const MANY_NODES: f64 = (1u32 << 17) as f64;

/// The statistics of units with `X = slope · S + shift`, in steps.
pub struct Steps<B: Backend, K> {
    grids: Grids<K>,
    open: Option<(Column, Open<B>)>,
    spent: usize, // products, or what takes as long
}

impl<B: Backend, K: Integrals> Steps<B, K> {
    /// No unit is open.
    pub fn new() -> Self {
        Self { grids: Grids::new(), open: None, spent: 0 }
    }

    /// What was done since the last call of this, counted in products; about [`MOST_PRODUCTS`] a step.
    pub fn take_spent(&mut self) -> usize {
        core::mem::take(&mut self.spent)
    }

    /// As [`ByRange`](super::ByRange) says.
    pub fn next(
        &mut self,
        units: &AffineUnits,
        selected: Range<usize>,
        line: (f64, f64),
        series: &(Vec<Series>, Vec<usize>),
    ) -> Vec<UnitStatistics> {
        if let Some((column, mut open)) = self.open.take() {
            self.spent += MOST_PRODUCTS;
            if open.is_multiplied {
                return vec![open.finish(&column, &mut self.grids)];
            }
            open.is_multiplied = open.multiply(&mut self.grids);
            self.open = Some((column, open));
            return Vec::new();
        }
        let mut statistics = Vec::with_capacity(selected.len());
        let mut spent = 0;
        column::visit(units, selected, line, series, |column| {
            spent += PRODUCTS_OF_A_PLACE * column.coefficients.len();
            let step = grid::step(column.extent());
            let nodes = grid::count(step);
            if nodes > MANY_NODES && nodes <= MOST_NODES && !is_simple(column) && !self.grids.has(step) {
                self.grids.of(step, K::new);
                spent += PRODUCTS_OF_A_PLACE * nodes as usize;
                return ControlFlow::Break(());
            }
            statistics.push(match begin::<B, K>(column, &series.0, &mut self.grids) {
                Begun::Complete(unit) => unit,
                Begun::Open(open) if open.products > MOST_PRODUCTS => {
                    spent += open.places();
                    self.open = Some((column.clone(), open));
                    return ControlFlow::Break(());
                }
                Begun::Open(mut open) => {
                    spent += open.places() + open.products;
                    open.finish(column, &mut self.grids)
                }
            });
            if spent < MOST_PRODUCTS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        self.spent += spent;
        statistics
    }
}

/// A unit of which the gates are sorted.
enum Begun<B: Backend> {
    Complete(UnitStatistics),
    Open(Open<B>),
}

/// A unit whose characteristic function is under way.
struct Open<B: Backend> {
    exponent: Exponent<B>,
    partial: Partial,
    step: f64,
    bound: f64,
    products: usize, // at most
    is_multiplied: bool,
}

impl<B: Backend> Open<B> {
    /// What the nodes take beside their factors, in products.
    fn places(&self) -> usize {
        PRODUCTS_OF_A_PLACE * grid::count(self.step) as usize
    }

    /// Works for some ten milliseconds; returns whether no factor is left.
    fn multiply<K: Integrals>(&mut self, grids: &mut Grids<K>) -> bool {
        self.partial.step(&self.exponent, grids.of(self.step, K::new).0, MOST_PRODUCTS)
    }

    /// The statistics, after the factors that are left.
    fn finish<K: Integrals>(&mut self, column: &Column, grids: &mut Grids<K>) -> UnitStatistics {
        let (grid, kernels) = grids.of(self.step, K::new);
        self.partial.step(&self.exponent, grid, usize::MAX);
        kernels.wide::<B>(column, &self.partial.transform, self.bound)
    }
}

/// Whether a unit needs no nodes.
fn is_simple(column: &Column) -> bool {
    column.coefficients.is_empty() || is_saturated(column)
}

fn begin<B: Backend, K: Integrals>(column: &Column, series: &[Series], grids: &mut Grids<K>) -> Begun<B> {
    let bound = |factors: f64| K::error_bound(column.magnitude(), factors);
    if column.coefficients.is_empty() {
        return Begun::Complete(K::constant(column.constant, bound(0.0)));
    }
    if is_saturated(column) {
        return Begun::Complete(K::saturated(column, bound(0.0)));
    }
    let step = grid::step(column.extent());
    if grid::count(step) > MOST_NODES {
        return Begun::Complete(unknown(K::saturated(column, f64::INFINITY)));
    }
    let (grid, kernels) = grids.of(step, K::new);
    let exponent = Exponent::<B>::new(column, series, grid);
    let bound = bound(exponent.roughness(grid));
    if exponent.factors.is_empty() && column.variance < NARROW {
        let remainder = Transform::remainder(&exponent, grid, column.mean);
        return Begun::Complete(kernels.narrow::<B>(column, &remainder, bound));
    }
    let products = exponent.products(grid);
    Begun::Open(Open {
        exponent,
        partial: Partial::new(grid, column.mean),
        step,
        bound,
        products,
        is_multiplied: false,
    })
}

/// Nothing but the extremes.
fn unknown(extremes: UnitStatistics) -> UnitStatistics {
    UnitStatistics {
        mean: f64::NAN,
        variance: f64::NAN,
        third_moment: f64::NAN,
        fourth_moment: f64::NAN,
        log_geometric_mean: f64::NAN,
        log_complement_geometric_mean: f64::NAN,
        ..extremes
    }
}
