//! Agreement of annotators: Krippendorff's alpha and Cohen's kappa, nominal labels.

use std::collections::BTreeMap;

/// Krippendorff's alpha (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C): 1 less
/// observed over expected disagreement.
///
/// `columns` holds the labels of each annotator, unit by unit; `None` is a missing label. Returns `None`
/// where no unit has two labels; 1 where all labels are the same.
///
/// # Example
/// ```
/// use geostance::evaluate::agreement::krippendorff_alpha;
/// let a = vec![Some("FAVOR"), Some("AGAINST"), None];
/// assert_eq!(krippendorff_alpha(&[a.clone(), a]), Some(1.0));
/// ```
pub fn krippendorff_alpha(columns: &[Vec<Option<&str>>]) -> Option<f64> {
    let n_units = columns.iter().map(Vec::len).max().unwrap_or(0);
    let mut totals: BTreeMap<&str, f64> = BTreeMap::new();
    let (mut n, mut agreeing) = (0.0, 0.0);
    for unit in 0..n_units {
        let labels: Vec<&str> = columns.iter().filter_map(|c| c.get(unit).copied().flatten()).collect();
        if labels.len() < 2 {
            continue;
        }
        let mut counts: BTreeMap<&str, f64> = BTreeMap::new();
        labels.iter().for_each(|l| *counts.entry(l).or_default() += 1.0);
        let m = labels.len() as f64;
        for (label, count) in counts {
            *totals.entry(label).or_default() += count;
            agreeing += count * (count - 1.0) / (m - 1.0);
        }
        n += m;
    }
    if n == 0.0 {
        return None;
    }
    let observed = 1.0 - agreeing / n;
    let expected = 1.0 - totals.values().map(|t| t * (t - 1.0)).sum::<f64>() / (n * (n - 1.0));
    Some(if expected <= 0.0 { 1.0 } else { 1.0 - observed / expected })
}

/// Cohen's kappa (Cohen 1960) of two annotators over the units both labelled.
///
/// Returns `None` where there is no such unit; 1 where both gave one and the same label throughout.
pub fn cohen_kappa(a: &[Option<&str>], b: &[Option<&str>]) -> Option<f64> {
    let both: Vec<(&str, &str)> = a.iter().zip(b).filter_map(|(a, b)| Some(((*a)?, (*b)?))).collect();
    if both.is_empty() {
        return None;
    }
    let n = both.len() as f64;
    let mut counts: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (a, b) in &both {
        counts.entry(a).or_default().0 += 1.0;
        counts.entry(b).or_default().1 += 1.0;
    }
    let observed = both.iter().filter(|(a, b)| a == b).count() as f64 / n;
    let expected = counts.values().map(|(a, b)| a * b).sum::<f64>() / (n * n);
    Some(if expected >= 1.0 { 1.0 } else { (observed - expected) / (1.0 - expected) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(labels: &'static str) -> Vec<Option<&'static str>> {
        let one = |i: usize| match &labels[i..=i] {
            "." => None,
            label => Some(label),
        };
        (0..labels.len()).map(one).collect()
    }

    /// The worked example of four observers and twelve units, section C of the source: alpha 0.743.
    #[test]
    fn the_published_example_comes_out() {
        let a = column("123321412...");
        let b = column("1233224125.3");
        let c = column(".3332342251.");
        let d = column("12332441251.");
        let alpha = krippendorff_alpha(&[a, b, c, d]).unwrap();
        assert!((alpha - 0.743).abs() < 5e-4, "{alpha}");
    }

    #[test]
    fn kappa_by_hand() {
        // 4 of 6 agree; by chance (3 * 3 + 3 * 3) / 36 = 0.5
        let kappa = cohen_kappa(&column("xxxyyy"), &column("xxyyyx")).unwrap();
        assert!((kappa - (4.0 / 6.0 - 0.5) / 0.5).abs() < 1e-9);
        assert_eq!(cohen_kappa(&column("x."), &column(".x")), None);
        assert_eq!(krippendorff_alpha(&[column("x."), column(".x")]), None);
    }
}
