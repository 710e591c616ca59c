//! UNIX timestamps as text, up to the last of 64 bits.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// The Gregorian calendar repeats itself after this many years, which have this many seconds.
const YEARS: u64 = 400;
const SECONDS: u64 = 146_097 * 24 * 60 * 60;

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// A UNIX timestamp in the format of RFC 3339, such as `2027-01-31T12:00:00Z`. After the year 9999, where RFC 3339
/// ends, the format is ISO 8601's expanded one: `+12027-01-31T12:00:00Z`.
pub(crate) fn time(seconds: u64) -> String {
    let (cycles, rest) = (seconds / SECONDS, seconds % SECONDS);
    let like = i64::try_from(rest).ok().and_then(|rest| Timestamp::from_second(rest).ok()).unwrap_or_default();
    let like = like.to_string();
    let (year, rest) = like.split_at_checked(4).unwrap_or_default();
    let year = year.parse::<u64>().unwrap_or_default() + cycles * YEARS;
    if year > 9999 { format!("+{year}{rest}") } else { format!("{year}{rest}") }
}

/// Parses a time in the formats of [`time`], in any time zone; `None` if the text is not a time, or is before 1970.
pub(crate) fn timestamp(text: &str) -> Option<u64> {
    let direct = || u64::try_from(text.parse::<Timestamp>().ok()?.as_second()).ok();
    let expanded = text.strip_prefix('+');
    let Some((year, rest)) = expanded.unwrap_or(text).split_once('-') else { return direct() };
    let fits = expanded.is_some() || year.len() == 4;
    if !fits || year.is_empty() || !year.bytes().all(|digit| digit.is_ascii_digit()) {
        return direct();
    }
    let year = year.parse::<u64>().ok()?;
    // An equivalent year that `jiff` can parse.
    let Some(cycles) = (year / YEARS).checked_sub(5) else { return direct() };
    let like = 5 * YEARS + year % YEARS;
    let like = format!("{like}-{rest}").parse::<Timestamp>().ok()?.as_second();
    u64::try_from(like).ok()?.checked_add(cycles.checked_mul(SECONDS)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_timestamp_is_shown_and_read_back() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_801_396_800, "2027-01-31T12:00:00Z"),
            (13_574_563_200, "2400-02-29T00:00:00Z"),
            (253_402_207_200, "9999-12-30T22:00:00Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
            (253_402_300_800, "+10000-01-01T00:00:00Z"),
            (253_407_484_800, "+10000-03-01T00:00:00Z"),
            (1 << 60, "+36534630048-05-13T13:56:16Z"),
            (i64::MAX as u64, "+292277026596-12-04T15:30:07Z"),
            (u64::MAX, "+584554051223-11-09T07:00:15Z"),
        ] {
            assert_eq!(time(seconds), text);
            assert_eq!(timestamp(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn every_day_of_a_cycle_is_read_as_it_is_shown() {
        for day in (0..146_097).step_by(37).chain(700_000..701_000) {
            let seconds = (2_900_000 + day) * 86_400 + 3;
            assert_eq!(timestamp(&time(seconds)), Some(seconds));
        }
    }

    #[test]
    fn what_is_no_time_or_beyond_all_timestamps_is_none() {
        for text in [
            "",
            "+",
            "+-01-01T00:00:00Z",
            "1960-01-01T00:00:00Z",
            "+1-01-01T00:00:00Z",
            "+10001-02-29T00:00:00Z",
            "+10000-13-01T00:00:00Z",
            "++10000-01-01T00:00:00Z",
            "+584554051223-11-09T07:00:16Z",
            "+99999999999999999999999-01-01T00:00:00Z",
        ] {
            assert_eq!(timestamp(text), None, "{text}");
        }
        assert_eq!(timestamp("+10000-01-01T01:00:00+01:00"), Some(253_402_300_800));
        assert_eq!(timestamp("+002027-01-31T12:00:00Z"), Some(1_801_396_800));
    }
}
