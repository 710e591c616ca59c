//! Points in time as an operator writes them.

use std::str::FromStr;

use jiff::{Span, SpanRelativeTo};

use crate::time::{now, timestamp};

/// The last second of something, as a UNIX timestamp; `None` is never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct When(pub(super) Option<u64>);

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unreadable = "expected `now`, `never`, a time such as 2027-01-31T12:00:00Z, or a duration such as 90d";
        Ok(Self(match text {
            "never" => None,
            // A version whose last second is this one would be valid for the rest of it.
            "now" => Some(now().saturating_sub(1)),
            text => Some(match timestamp(text) {
                Some(seconds) => seconds,
                None if text.parse::<jiff::Timestamp>().is_ok() => return Err("that is before 1970".to_owned()),
                None => {
                    let span: Span = text.parse().map_err(|_| unreadable)?;
                    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| unreadable)?;
                    now().checked_add_signed(duration.as_secs()).ok_or("that is before 1970")?
                }
            }),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_operators_write_them() {
        assert_eq!("never".parse(), Ok(When(None)));
        assert_eq!("2027-01-31T12:00:00Z".parse(), Ok(When(Some(1_801_396_800))));
        assert_eq!("2027-01-31T13:00:00+01:00".parse(), Ok(When(Some(1_801_396_800))));
        for (text, seconds) in [("90d", 90 * 86_400), ("1w 2h", 7 * 86_400 + 7200), ("PT30S", 30)] {
            let When(Some(time)) = text.parse().unwrap() else { panic!("{text}") };
            assert!(time.abs_diff(now() + seconds) < 5, "{text}");
        }
        assert_eq!("+12027-01-31T12:00:00Z".parse(), Ok(When(Some(317_370_916_800))));
        assert_eq!("+584554051223-11-09T07:00:15Z".parse(), Ok(When(Some(u64::MAX))));
        let When(Some(time)) = "4000000d".parse().unwrap() else { panic!("4000000d") };
        assert!(time.abs_diff(now() + 4_000_000 * 86_400) < 5, "beyond the year 9999");
        let When(Some(time)) = "now".parse().unwrap() else { panic!("now") };
        assert!(time < now());
        for text in [
            "",
            "soon",
            "90",
            "1mo",
            "1960-01-01T00:00:00Z",
            "2027-02-30T00:00:00Z",
            "-90000d",
            "+584554051223-11-09T07:00:16Z",
        ] {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }
}
