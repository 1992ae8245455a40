//! How a bounded answer is shared out.

/// Shares `total` out among those who want so much each: the small wishes whole, the large ones alike, and what does not divide to
/// those that come first. So the longest backlog keeps nobody from theirs.
pub(super) fn share_out(total: i64, wishes: &[i64]) -> Vec<i64> {
    let mut shares = vec![0; wishes.len()];
    let mut left = total;
    let mut open: Vec<usize> = (0..wishes.len()).filter(|index| wishes[*index] > 0).collect();
    while left > 0 && !open.is_empty() {
        let each = (left / i64::try_from(open.len()).unwrap_or(i64::MAX)).max(1);
        for index in &open {
            let more = each.min(wishes[*index] - shares[*index]).min(left);
            shares[*index] += more;
            left -= more;
        }
        open.retain(|index| shares[*index] < wishes[*index]);
    }
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn small_wishes_are_met_and_large_ones_share_what_is_left() {
        assert_eq!(share_out(10, &[3, 4]), [3, 4]);
        assert_eq!(share_out(10, &[1_000_000, 2, 1_000_000]), [4, 2, 4]);
        assert_eq!(share_out(3, &[9, 9, 9, 9]), [1, 1, 1, 0]);
        assert_eq!(share_out(5, &[9, 9]), [3, 2]);
        assert_eq!(share_out(5, &[0, -3, 9]), [0, 0, 5]);
        assert_eq!(share_out(5, &[]), [0; 0]);
    }

    proptest! {
        #[test]
        fn nothing_is_wasted_and_nobody_gets_more_than_they_want(
            total in 0..2_000_i64, wishes in proptest::collection::vec(-5..500_i64, 0..40)
        ) {
            let shares = share_out(total, &wishes);
            let wanted: i64 = wishes.iter().map(|wish| (*wish).max(0)).sum();
            prop_assert_eq!(shares.iter().sum::<i64>(), total.min(wanted));
            let least_unmet =
                shares.iter().zip(&wishes).filter(|(share, wish)| share < wish).map(|(share, _)| *share).min();
            for (share, wish) in shares.iter().zip(&wishes) {
                prop_assert!(*share <= (*wish).max(0));
                prop_assert!(least_unmet.is_none_or(|least| *share <= least + 1));
            }
        }
    }
}
