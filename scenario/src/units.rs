//! Human units: texts such as `"16GiB"`, `"1h30m"` or `"400Gbps"` as integers.
//!
//! Decimal arithmetic on integers, so the same text gives the same number everywhere. Amounts
//! finer than the unit of the result are rounded up.

use crate::error::Problem;

/// A kind of amount: what it is called, which units it knows and what to write.
struct Kind {
    /// With its article.
    what: &'static str,
    hint: &'static str,
    /// Units and how many base units each is.
    units: &'static [(&'static str, i128)],
    /// Base units in one unit of the result.
    per: i128,
}

const BYTES: &[(&str, i128)] = &[
    ("B", 1),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("PB", 1_000_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("PiB", 1 << 50),
];

const CPU: Kind = Kind {
    what: "an amount of processor cores",
    hint: "write e.g. \"4\" for four cores or \"500m\" for half a core",
    units: &[("", 1000), ("m", 1)],
    per: 1,
};

const MEMORY: Kind = Kind {
    what: "an amount of memory",
    hint: "write e.g. \"512MiB\" or \"16GiB\"",
    units: BYTES,
    per: 1 << 20,
};

const SIZE: Kind = Kind {
    what: "a size of data",
    hint: "write e.g. \"20GB\" or \"1TiB\"",
    units: BYTES,
    per: 1,
};

const BANDWIDTH: Kind = Kind {
    what: "a bandwidth",
    hint: "write e.g. \"200Mbps\" or \"10Gbps\"",
    units: &[
        ("bps", 1),
        ("kbps", 1_000),
        ("Mbps", 1_000_000),
        ("Gbps", 1_000_000_000),
        ("Tbps", 1_000_000_000_000),
    ],
    per: 1,
};

const LATENCY: Kind = Kind {
    what: "a one-way latency",
    hint: "write e.g. \"800us\" or \"5ms\"",
    units: &[("us", 1), ("µs", 1), ("ms", 1_000), ("s", 1_000_000)],
    per: 1,
};

const PERMILLE: Kind = Kind {
    what: "a share",
    hint: "write e.g. \"35%\"",
    units: &[("%", 10)],
    per: 1,
};

const POWER: Kind = Kind {
    what: "a power",
    hint: "write e.g. \"3.5W\"",
    units: &[("W", 1_000), ("kW", 1_000_000), ("MW", 1_000_000_000)],
    per: 1,
};

const ENERGY: Kind = Kind {
    what: "an amount of energy",
    hint: "write e.g. \"500kWh\" or \"20MWh\"",
    units: &[("kWh", 1_000), ("MWh", 1_000_000), ("GWh", 1_000_000_000)],
    per: 1,
};

const EMISSIONS: Kind = Kind {
    what: "an emission factor",
    hint: "write e.g. \"450g/kWh\"",
    units: &[("g/kWh", 1), ("kg/kWh", 1_000)],
    per: 1,
};

const MONEY: Kind = Kind {
    what: "an amount of money",
    hint: "write e.g. \"0.25CNY\"",
    units: &[("CNY", 1_000_000)],
    per: 1,
};

const TRANSPORT_PRICE: Kind = Kind {
    what: "a price of transport",
    hint: "write e.g. \"17CNY/TB\" or \"0.8CNY/GB\"",
    units: &[("CNY/TB", 1_000), ("CNY/GB", 1_000_000)],
    per: 1,
};

const DISTANCE: Kind = Kind {
    what: "a distance",
    hint: "write e.g. \"300km\"",
    units: &[("km", 1)],
    per: 1,
};

const VOLUME: Kind = Kind {
    what: "a volume of water",
    hint: "write e.g. \"1.2L\" or \"300mL\"",
    units: &[("L", 1_000), ("mL", 1)],
    per: 1,
};

const DURATION: Kind = Kind {
    what: "a duration",
    hint: "write e.g. \"90s\", \"15m\", \"6h\", \"2d\" or \"1h30m\"",
    units: &[
        ("ms", 1),
        ("s", 1_000),
        ("m", 60_000),
        ("h", 3_600_000),
        ("d", 86_400_000),
        ("w", 604_800_000),
    ],
    per: 1,
};

/// Thousandths of a core, from `"4"` or `"500m"`.
pub fn cpu_millis(text: &str) -> Result<i64, Problem> {
    CPU.parse(text)
}

/// MiB, from `"512MiB"` or `"16GiB"`.
pub fn memory_mib(text: &str) -> Result<i64, Problem> {
    MEMORY.parse(text)
}

/// Bytes, from `"20GB"` or `"1TiB"`.
pub fn size_bytes(text: &str) -> Result<i64, Problem> {
    SIZE.parse(text)
}

/// Bits per second, from `"10Gbps"`.
pub fn bandwidth_bps(text: &str) -> Result<i64, Problem> {
    BANDWIDTH.parse(text)
}

/// Microseconds one way, from `"5ms"` or `"800us"`.
pub fn latency_us(text: &str) -> Result<i64, Problem> {
    LATENCY.parse(text)
}

/// Thousandths, from `"35%"`; may exceed 1000.
pub fn permille(text: &str) -> Result<i64, Problem> {
    PERMILLE.parse(text)
}

/// Thousandths of a watt, from `"3.5W"`.
pub fn power_milliwatts(text: &str) -> Result<i64, Problem> {
    POWER.parse(text)
}

/// Watt-hours, from `"20MWh"`.
pub fn energy_watt_hours(text: &str) -> Result<i64, Problem> {
    ENERGY.parse(text)
}

/// Milligrams of CO₂ for a watt-hour, from `"450g/kWh"`.
pub fn emissions_mg_per_wh(text: &str) -> Result<i64, Problem> {
    EMISSIONS.parse(text)
}

/// Millionths of a yuan, from `"0.25CNY"`.
pub fn micro_cny(text: &str) -> Result<i64, Problem> {
    MONEY.parse(text)
}

/// Millionths of a yuan per gigabyte, from `"17CNY/TB"` or `"0.8CNY/GB"`.
pub fn transport_price_micro_cny_per_gb(text: &str) -> Result<i64, Problem> {
    TRANSPORT_PRICE.parse(text)
}

/// Kilometres, from `"300km"`.
pub fn distance_km(text: &str) -> Result<i64, Problem> {
    DISTANCE.parse(text)
}

/// Millilitres, from `"1.2L"`.
pub fn volume_ml(text: &str) -> Result<i64, Problem> {
    VOLUME.parse(text)
}

/// Milliseconds, from `"90s"`, `"6h"` or `"1h30m"`.
pub fn duration_ms(text: &str) -> Result<i64, Problem> {
    let mut rest = DURATION.not_negative(text)?;
    let mut total_ms = 0_i64;
    let mut parts = 0;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !is_digit(c)).unwrap_or(rest.len());
        let unit = rest[number..].find(is_digit).unwrap_or(rest.len() - number);
        let part_ms = DURATION.scale(text, &rest[..number], rest[number..number + unit].trim())?;
        total_ms = total_ms
            .checked_add(part_ms)
            .ok_or_else(|| DURATION.too_large(text))?;
        rest = rest[number + unit..].trim_start();
        parts += 1;
    }
    if parts == 0 {
        Err(DURATION.unreadable(text))
    } else {
        Ok(total_ms)
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || c == '.'
}

impl Kind {
    fn parse(&self, text: &str) -> Result<i64, Problem> {
        let trimmed = self.not_negative(text)?;
        let number = trimmed
            .find(|c: char| !is_digit(c))
            .unwrap_or(trimmed.len());
        self.scale(text, &trimmed[..number], trimmed[number..].trim())
    }

    fn not_negative<'a>(&self, text: &'a str) -> Result<&'a str, Problem> {
        let trimmed = text.trim();
        if trimmed.starts_with('-') {
            return Err(Problem::new(format!("{text:?} is negative"), self.hint));
        }
        Ok(trimmed)
    }

    /// `number` times `unit`; `text` is what the error quotes.
    fn scale(&self, text: &str, number: &str, unit: &str) -> Result<i64, Problem> {
        let known = self.units.iter().find(|(name, _)| *name == unit);
        let (_, factor) = known.ok_or_else(|| self.unreadable(text))?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(self.unreadable(text));
        }
        // 18 digits times the largest factor stay far below the range of i128.
        if whole.len() + fraction.len() > 18 {
            return Err(self.too_large(text));
        }
        let digits: i128 = format!("{whole}{fraction}")
            .parse()
            .map_err(|_| self.unreadable(text))?;
        let divisor = self.per * 10_i128.pow(fraction.len() as u32);
        let amount = (digits * factor + divisor - 1) / divisor;
        i64::try_from(amount).map_err(|_| self.too_large(text))
    }

    fn unreadable(&self, text: &str) -> Problem {
        Problem::new(format!("{text:?} is not {}", self.what), self.hint)
    }

    fn too_large(&self, text: &str) -> Problem {
        Problem::new(
            format!("{text:?} has too many digits or is too large"),
            self.hint,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        assert_eq!(cpu_millis("4"), Ok(4000));
        assert_eq!(cpu_millis("0.5"), Ok(500));
        assert_eq!(cpu_millis("500m"), Ok(500));
        assert_eq!(memory_mib("16GiB"), Ok(16 * 1024));
        assert_eq!(memory_mib("1.5 GiB"), Ok(1536));
        assert_eq!(memory_mib("1GB"), Ok(954));
        assert_eq!(size_bytes("20GB"), Ok(20_000_000_000));
        assert_eq!(bandwidth_bps("10Gbps"), Ok(10_000_000_000));
        assert_eq!(latency_us("800us"), Ok(800));
        assert_eq!(latency_us("2.25ms"), Ok(2250));
        assert_eq!(permille("35%"), Ok(350));
        assert_eq!(energy_watt_hours("1.5MWh"), Ok(1_500_000));
        assert_eq!(emissions_mg_per_wh("450g/kWh"), Ok(450));
        assert_eq!(power_milliwatts("5MW"), Ok(5_000_000_000));
        assert_eq!(micro_cny("0.36CNY"), Ok(360_000));
        assert_eq!(transport_price_micro_cny_per_gb("17CNY/TB"), Ok(17_000));
        assert_eq!(transport_price_micro_cny_per_gb("0.8CNY/GB"), Ok(800_000));
        assert_eq!(duration_ms("1h30m"), Ok(90 * 60_000));
        assert_eq!(duration_ms("1h 30m"), Ok(90 * 60_000));
        assert_eq!(duration_ms("250ms"), Ok(250));
    }

    #[test]
    fn refusals_say_what_to_write() {
        let refused = memory_mib("12 Gigs")
            .unwrap_err()
            .at("groups[0].resources.memory");
        assert_eq!(
            refused.to_string(),
            "groups[0].resources.memory: \"12 Gigs\" is not an amount of memory; \
             write e.g. \"512MiB\" or \"16GiB\"",
        );
        for text in ["", "m", ".", "1.2.3m", "90", "1h30", "NaN", "inf", "5 days"] {
            assert!(duration_ms(text).is_err(), "{text:?}");
        }
        assert!(duration_ms("-5m").unwrap_err().problem.contains("negative"));
        assert!(
            size_bytes("99999999PB")
                .unwrap_err()
                .problem
                .contains("too large")
        );
        assert!(size_bytes("1e30").is_err());
    }
}
