//! The 18 fields of a line.

use super::error::SwfProblem;
use super::job::{SwfJob, SwfStatus};

const FIELDS: [&str; 18] = [
    "job number",
    "submit time",
    "wait time",
    "run time",
    "allocated processors",
    "average CPU time used",
    "used memory",
    "requested processors",
    "requested time",
    "requested memory",
    "status",
    "user",
    "group",
    "executable",
    "queue",
    "partition",
    "preceding job",
    "think time",
];

/// Larger values have no meaning, and thousandths of smaller ones stay exact.
const VALUE_MAX: i64 = 1_000_000_000_000_000;

/// A line as read.
pub(super) struct Row {
    /// Absent when its job number or submission time is unknown.
    pub(super) job: Option<SwfJob>,
    /// Something was not as the format says.
    pub(super) repaired: bool,
}

/// Reads a line that is neither blank nor a comment.
pub(super) fn parse(line: &[u8]) -> Result<Row, SwfProblem> {
    let mut fields = Fields::split(line)?;
    let submit_seconds = fields.whole(2)?;
    let number = fields.whole(1)?;
    let job = SwfJob {
        number: number.unwrap_or(0),
        submit_seconds: submit_seconds.unwrap_or(0),
        wait_seconds: fields.whole(3)?,
        run_time_seconds: fields.whole(4)?,
        processors_allocated: fields.whole(5)?,
        cpu_ms: fields.thousandths(6)?,
        memory_kb: fields.whole(7)?,
        processors_requested: fields.whole(8)?,
        time_requested_seconds: fields.whole(9)?,
        memory_requested_kb: fields.whole(10)?,
        status: fields.whole(11)?.map(status).transpose()?,
        user: fields.whole(12)?,
        group: fields.whole(13)?,
        executable: fields.whole(14)?,
        queue: fields.whole(15)?,
        partition: fields.whole(16)?,
        preceding_job: fields.whole(17)?,
        think_seconds: fields.whole(18)?,
    };
    let known = number.is_some() && submit_seconds.is_some();
    Ok(Row {
        job: known.then_some(job),
        repaired: fields.repaired,
    })
}

fn status(code: i64) -> Result<SwfStatus, SwfProblem> {
    match code {
        0 => Ok(SwfStatus::Failed),
        1 => Ok(SwfStatus::Completed),
        2..=4 => Ok(SwfStatus::Burst),
        5 => Ok(SwfStatus::Cancelled),
        other => Err(SwfProblem::UnknownStatus(other)),
    }
}

struct Fields<'a> {
    texts: [&'a [u8]; FIELDS.len()],
    repaired: bool,
}

impl<'a> Fields<'a> {
    fn split(line: &'a [u8]) -> Result<Fields<'a>, SwfProblem> {
        let mut texts: [&[u8]; FIELDS.len()] = [b""; FIELDS.len()];
        let mut found = 0;
        let words = line.split(u8::is_ascii_whitespace);
        for word in words.filter(|word| !word.is_empty()) {
            if let Some(text) = texts.get_mut(found) {
                *text = word;
            }
            found += 1;
        }
        if found < FIELDS.len() {
            return Err(SwfProblem::TooFewFields { found });
        }
        Ok(Fields {
            texts,
            repaired: found > FIELDS.len(),
        })
    }

    /// A whole number in field `field`, counted from 1; `None` when it is unknown.
    fn whole(&mut self, field: usize) -> Result<Option<i64>, SwfProblem> {
        let value = match self.integer(field)? {
            Some(value) => value,
            None => {
                self.repaired = true;
                self.decimal(field, 1.0)?
            }
        };
        Ok(self.known(value, 1))
    }

    /// Thousandths of the number in field `field`; a fraction is as the format has it.
    fn thousandths(&mut self, field: usize) -> Result<Option<i64>, SwfProblem> {
        let value = match self.integer(field)? {
            Some(value) => value * 1000,
            None => self.decimal(field, 1000.0)?,
        };
        Ok(self.known(value, 1000))
    }

    fn known(&mut self, value: i64, unit: i64) -> Option<i64> {
        self.repaired |= value < 0 && value != -unit;
        (value >= 0).then_some(value)
    }

    /// `None` when it is not written as a whole number.
    fn integer(&self, field: usize) -> Result<Option<i64>, SwfProblem> {
        let text = std::str::from_utf8(self.texts[field - 1]).unwrap_or_default();
        match text.parse::<i64>() {
            Ok(value) if value.abs() <= VALUE_MAX => Ok(Some(value)),
            Ok(_) => Err(self.out_of_range(field)),
            Err(_) => Ok(None),
        }
    }

    /// `scale` times the number, rounded.
    fn decimal(&self, field: usize, scale: f64) -> Result<i64, SwfProblem> {
        let text = std::str::from_utf8(self.texts[field - 1]).unwrap_or_default();
        match text.parse::<f64>() {
            Ok(value) if value.is_nan() => Err(self.not_a_number(field)),
            Ok(value) if value.abs() > VALUE_MAX as f64 => Err(self.out_of_range(field)),
            Ok(value) => Ok((value * scale).round() as i64),
            Err(_) => Err(self.not_a_number(field)),
        }
    }

    fn not_a_number(&self, field: usize) -> SwfProblem {
        SwfProblem::NotANumber {
            field,
            name: FIELDS[field - 1],
            value: self.shown(field),
        }
    }

    fn out_of_range(&self, field: usize) -> SwfProblem {
        SwfProblem::OutOfRange {
            field,
            name: FIELDS[field - 1],
            value: self.shown(field),
        }
    }

    fn shown(&self, field: usize) -> String {
        const SHOWN: usize = 40;
        let text = self.texts[field - 1];
        String::from_utf8_lossy(&text[..text.len().min(SHOWN)]).into_owned()
    }
}
