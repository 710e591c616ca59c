//! Points in time as an operator writes them.

use std::str::FromStr;

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

/// The last second of something, as a UNIX timestamp; `None` is never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct When(pub(super) Option<u64>);

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unreadable = || "expected `now`, `never`, a time such as 2027-01-31T12:00:00Z, or a duration such as 90d";
        let of = |time: Timestamp| u64::try_from(time.as_second()).map(|second| Self(Some(second)));
        let time = match text {
            "never" => return Ok(Self(None)),
            // What has this very second as its last is of use for the rest of it.
            "now" => Timestamp::now().checked_sub(SignedDuration::from_secs(1)).map_err(|error| error.to_string())?,
            text => match text.parse::<Timestamp>() {
                Ok(time) => time,
                Err(_) => {
                    let span: Span = text.parse().map_err(|_| unreadable())?;
                    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| unreadable())?;
                    Timestamp::now().checked_add(duration).map_err(|error| error.to_string())?
                }
            },
        };
        of(time).map_err(|_| "that is before 1970".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::now;

    #[test]
    fn times_are_read_as_operators_write_them() {
        assert_eq!("never".parse(), Ok(When(None)));
        assert_eq!("2027-01-31T12:00:00Z".parse(), Ok(When(Some(1_801_396_800))));
        assert_eq!("2027-01-31T13:00:00+01:00".parse(), Ok(When(Some(1_801_396_800))));
        for (text, seconds) in [("90d", 90 * 86_400), ("1w 2h", 7 * 86_400 + 7200), ("PT30S", 30)] {
            let When(Some(time)) = text.parse().unwrap() else { panic!("{text}") };
            assert!(time.abs_diff(now() + seconds) < 5, "{text}");
        }
        let When(Some(time)) = "now".parse().unwrap() else { panic!("now") };
        assert!(time < now());
        for text in ["", "soon", "90", "1mo", "1960-01-01T00:00:00Z", "2027-02-30T00:00:00Z"] {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }
}
