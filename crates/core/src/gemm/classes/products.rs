//! The kernels of a class: a few rows of values by some columns of a panel.
//!
//! How many vectors of columns a kernel takes follows from the registers, fifteen in V8: the sums, a broadcast for each row
//! and one vector of the panel. With products of their own (no fused multiply-add) one more is gone, and four rows never pay.
//! Where the engine joins neighbouring vectors, a pair of them is one register.

use super::super::panels::{Panel, VECTORS};
use super::GROUP;
use super::list::{ClassList, MEMBERS};
use thinned_lanes::{Backend, F32x4};

/// Sums of a group over the columns of one panel.
pub type Tile = [[[f32; 4]; VECTORS]; GROUP];

/// Adds what the inputs of a list contribute to the columns of a panel; one sum for all members of a class when they share
/// their values.
pub fn add<B: Backend>(list: &ClassList, panel: Panel, shared: bool, tile: &mut Tile) {
    for (class, members) in MEMBERS.iter().enumerate().skip(1) {
        let (places, values) = list.class(class);
        match **members {
            _ if shared => add_sum::<B>(panel, places, values, members, tile),
            [one] => add_rows::<B, 1, VECTORS>(panel, places, values, [one], tile),
            [one, two] => add_pair::<B>(panel, places, values, [one, two], tile),
            [one, two, three] if B::WIDE => add_rows::<B, 3, 6>(panel, places, values, [one, two, three], tile),
            [one, two, three] => add_rows::<B, 3, 3>(panel, places, values, [one, two, three], tile),
            _ => {
                let (first, second) = values.split_at(values.len() / 2);
                add_pair::<B>(panel, places, first, [0, 1], tile);
                add_pair::<B>(panel, places, second, [2, 3], tile);
            }
        }
    }
}

fn add_pair<B: Backend>(panel: Panel, places: &[u32], values: &[f32], members: [usize; 2], tile: &mut Tile) {
    if B::WIDE {
        add_rows::<B, 2, VECTORS>(panel, places, values, members, tile);
    } else if B::FUSES {
        add_rows::<B, 2, 6>(panel, places, values, members, tile);
    } else {
        add_rows::<B, 2, 3>(panel, places, values, members, tile);
    }
}

/// Adds the products of `P` rows, `V` vectors of columns at a time and the last few by threes, or sixes where pairs are one.
#[inline(always)]
fn add_rows<B: Backend, const P: usize, const V: usize>(
    panel: Panel,
    places: &[u32],
    values: &[f32],
    members: [usize; P],
    tile: &mut Tile,
) {
    let whole = panel.vectors / V * V;
    for vector in (0..whole).step_by(V) {
        add_columns::<B, P, V>(panel, vector, places, values, members, tile);
    }
    if B::WIDE {
        for vector in (whole..panel.vectors).step_by(6) {
            add_columns::<B, P, 6>(panel, vector, places, values, members, tile);
        }
    } else {
        for vector in (whole..panel.vectors).step_by(3) {
            add_columns::<B, P, 3>(panel, vector, places, values, members, tile);
        }
    }
}

#[inline(never)]
fn add_columns<B: Backend, const P: usize, const V: usize>(
    panel: Panel,
    vector: usize,
    places: &[u32],
    values: &[f32],
    members: [usize; P],
    tile: &mut Tile,
) {
    let mut sums = members.map(|member| tile[member].as_chunks::<V>().0[vector / V].map(|quad| B::F32::load(&quad)));
    multiply_columns::<B, P, V>(panel, vector, places, values, &mut sums);
    for (sums, member) in sums.into_iter().zip(members) {
        let line = &mut tile[member].as_chunks_mut::<V>().0[vector / V];
        sums.into_iter().zip(line).for_each(|(sum, quad)| sum.store(quad));
    }
}

/// The simple loop: `for place { for row { for column { sums[row][column] += value[row] · panel[place][column] } } }`.
#[inline(always)]
fn multiply_columns<B: Backend, const P: usize, const V: usize>(
    panel: Panel,
    vector: usize,
    places: &[u32],
    values: &[f32],
    sums: &mut [[B::F32; V]; P],
) {
    let rows = panel.rows_from(vector);
    for (value, &place) in values.as_chunks::<P>().0.iter().zip(places) {
        let row = rows[place as usize][..4 * V].as_chunks::<4>().0;
        let value = value.each_ref().map(B::F32::load_splat);
        for (column, b) in row.iter().enumerate() {
            let b = B::F32::load(b);
            for (sums, &value) in sums.iter_mut().zip(&value) {
                sums[column] = B::relaxed_mul_add(value, b, sums[column]);
            }
        }
    }
}

/// Adds the one sum of a class to each of its members.
fn add_sum<B: Backend>(panel: Panel, places: &[u32], values: &[f32], members: &[usize], tile: &mut Tile) {
    if panel.vectors > VECTORS / 2 {
        add_sum_of::<B, VECTORS>(panel, places, values, members, tile);
    } else {
        add_sum_of::<B, { VECTORS / 2 }>(panel, places, values, members, tile);
    }
}

/// The same for the first `V` vectors of columns, which are all there are.
#[inline(always)]
fn add_sum_of<B: Backend, const V: usize>(
    panel: Panel,
    places: &[u32],
    values: &[f32],
    members: &[usize],
    tile: &mut Tile,
) {
    let mut sums = [[B::F32::splat(0.0); V]];
    multiply_columns::<B, 1, V>(panel, 0, places, values, &mut sums);
    for &member in members {
        sums[0].iter().zip(&mut tile[member]).for_each(|(sum, quad)| (B::F32::load(quad) + *sum).store(quad));
    }
}
