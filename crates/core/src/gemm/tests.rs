//! Products against three loops.

use super::*;
use crate::random::philox;
use thinned_lanes::{Best, Scalar};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Numbers in [-1, 1).
pub fn noise(length: usize, stream: u32) -> Vec<f32> {
    (0..length).map(|i| philox([i as u32, stream, 0, 0], [1, 2])[0] as i32 as f32 / 2f32.powi(31)).collect()
}

/// The simple version.
fn naive_multiply(a: Matrix, b: Matrix, c: &mut [f32]) {
    for i in 0..a.rows {
        for j in 0..b.columns {
            for k in 0..a.columns {
                c[i * b.columns + j] += a.at(i, k) * b.at(k, j);
            }
        }
    }
}

const SIZES: [(usize, usize, usize); 16] = [
    (9, 0, 3),
    (0, 5, 3),
    (1, 1, 1),
    (1, 8, 3),
    (4, 8, 16),
    (5, 9, 17),
    (3, 7, 0),
    (6, 16, 256),
    (7, 17, 257),
    (95, 33, 40),
    (96, 8, 5),
    (97, 31, 513),
    (2, 1024, 9),
    (2, 1025, 300),
    (13, 50, 1),
    (128, 10, 256),
];

#[test]
fn scalar_product_has_the_bits_of_three_loops() {
    for (m, n, k) in SIZES {
        let (a, b) = (noise(m * k, 1), noise(k * n, 2));
        let mut expected = vec![0.0; m * n];
        let (a, b) = (Matrix::row_major(&a, m, k), Matrix::row_major(&b, k, n));
        naive_multiply(a, b, &mut expected);
        let mut actual = vec![f32::NAN; m * n];
        multiply::<Scalar>(a, b, &mut actual, &mut Scratch::default());
        assert_eq!(actual, expected, "{m}x{n}x{k}");
    }
}

#[test]
fn the_best_backend_agrees_with_the_scalar_one() {
    for (m, n, k) in SIZES {
        let (a, b, start) = (noise(m * k, 1), noise(n * k, 2), noise(m * n, 3));
        // Transposed views, as the backward pass uses them.
        let (a, b) = (Matrix::row_major(&a, k, m).transposed(), Matrix::row_major(&b, n, k).transposed());
        let (mut scalar, mut best) = (start.clone(), start);
        multiply_add::<Scalar>(a, b, &mut scalar, &mut Scratch::default());
        multiply_add::<Best>(a, b, &mut best, &mut Scratch::default());
        if Best::FUSES {
            // Each of k sums rounds once instead of twice; terms are below 1 in magnitude.
            assert!(scalar.iter().zip(&best).all(|(s, b)| (s - b).abs() <= 1e-5 * (k as f32 + 1.0)));
        } else {
            assert_eq!(scalar, best, "{m}x{n}x{k}");
        }
    }
}

#[test]
fn two_sides_are_two_sums() {
    for (m, n, cut, k) in [
        (13, 80, 5, 12),
        (97, 133, 56, 128),
        (130, 70, 1, 257),
        (100, 65, 256, 512),
        (7, 65, 30, 600),
        (20, 10, 64, 128),
        (3, 70, 4, 9),
        (9, 66, 0, 5),
        (9, 66, 5, 5),
    ] {
        for keep in [2, 5] {
            let mut a = noise(m * k, 1);
            a.iter_mut().enumerate().filter(|(i, _)| i * 7 % 5 >= keep).for_each(|(_, value)| *value = 0.0);
            let b = noise(k * n, 2);
            let transposed: Vec<f32> = (0..k * m).map(|i| a[i % m * k + i / m]).collect();
            let b = Matrix::row_major(&b, k, n);
            let views = [Matrix::row_major(&a, m, k), Matrix::row_major(&transposed, k, m).transposed()];
            let product = |k: Range<usize>| {
                let mut c = vec![0.0; m * n];
                naive_multiply(views[0].block(0, m, k.start, k.len()), b.block(k.start, k.len(), 0, n), &mut c);
                c
            };
            let sums = product(0..cut).into_iter().zip(product(cut..k)).map(|(first, second)| first + second);
            let expected: Vec<f32> = sums.collect();
            for a in views {
                let mut actual = vec![f32::NAN; m * n];
                multiply_two::<Scalar>(a, b, cut, &mut actual, &mut Scratch::default());
                assert_eq!(actual, expected, "{m}x{n}x{k} at {cut}, {keep} of 5");
            }
        }
    }
}

#[test]
fn a_product_that_skips_zeros_has_the_bits_of_three_loops() {
    for (m, n, k) in [(1, 16, 1), (3, 17, 127), (65, 48, 128), (64, 49, 129), (7, 95, 300), (130, 200, 37)] {
        for keep in [0, 1, 2] {
            let mut a = noise(m * k, 1);
            a.iter_mut().enumerate().filter(|(i, _)| i * 7 % 5 >= keep).for_each(|(_, value)| *value = 0.0);
            let (b, start) = (noise(k * n, 2), noise(m * n, 3));
            let transposed: Vec<f32> = (0..k * m).map(|i| a[i % m * k + i / m]).collect();
            let b = Matrix::row_major(&b, k, n);
            let views = [Matrix::row_major(&a, m, k), Matrix::row_major(&transposed, k, m).transposed()];
            let mut expected = start.clone();
            naive_multiply(views[0], b, &mut expected);
            for a in views {
                let mut actual = start.clone();
                multiply_add::<Scalar>(a, b, &mut actual, &mut Scratch::default());
                assert_eq!(actual, expected, "{m}x{n}x{k}, {keep} of 5");
            }
        }
    }
}
