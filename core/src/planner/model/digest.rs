//! The digest of a model: what a certificate names it by.

use sha2::{Digest as _, Sha256};

use super::{Imbalance, Leg, Model};

impl Model {
    /// SHA-256 of everything in it, in a fixed order.
    pub fn digest(&self) -> [u8; 32] {
        let mut sink = Sink(Sha256::new());
        sink.number(self.slots as i64);
        sink.lists(&self.capacity);
        sink.number(self.spans.len() as i64);
        for span in &self.spans {
            span.whole
                .iter()
                .for_each(|whole| sink.number(i64::from(*whole)));
            span.tail_permille
                .iter()
                .for_each(|tail| sink.number(i64::from(*tail)));
        }
        sink.lists(&self.curves);
        sink.list(&self.age);
        for route in &self.routes {
            sink.number(route.len() as i64);
            route.iter().for_each(|row| sink.number(i64::from(*row)));
        }
        for class in &self.classes {
            let counts = [i64::from(class.count), class.unplaced, class.delay];
            sink.list(&counts);
            sink.number(class.choices.len() as i64);
            for choice in &class.choices {
                let (first, last) = (i64::from(choice.first), i64::from(choice.last));
                let (curve, span) = (i64::from(choice.curve), i64::from(choice.span));
                sink.list(&[first, last, choice.fixed, choice.weight, curve, span]);
                sink.number(choice.uses.len() as i64);
                for used in &choice.uses {
                    sink.list(&[i64::from(used.row), i64::from(used.span), used.amount]);
                }
                sink.legs(&choice.inbound);
                sink.legs(&choice.outbound);
                sink.legs(&choice.steady);
            }
        }
        sink.imbalance(&self.imbalance);
        sink.0.finalize().into()
    }
}

struct Sink(Sha256);

impl Sink {
    fn number(&mut self, number: i64) {
        self.0.update(number.to_le_bytes());
    }

    fn list(&mut self, numbers: &[i64]) {
        self.number(numbers.len() as i64);
        numbers.iter().for_each(|number| self.number(*number));
    }

    fn lists(&mut self, lists: &[Vec<i64>]) {
        self.number(lists.len() as i64);
        lists.iter().for_each(|list| self.list(list));
    }

    fn legs(&mut self, legs: &[Leg]) {
        self.number(legs.len() as i64);
        for leg in legs {
            self.list(&[
                i64::from(leg.first),
                i64::from(leg.until),
                leg.ways.len() as i64,
            ]);
            for way in &leg.ways {
                self.list(&[
                    i64::from(way.route),
                    i64::from(way.span),
                    way.rate,
                    way.cost,
                ]);
            }
        }
    }

    /// Nothing where there is none: such a model is what it was before there was any.
    fn imbalance(&mut self, imbalance: &Imbalance) {
        if imbalance.rows.is_empty() {
            return;
        }
        self.list(&[i64::from(imbalance.shift), imbalance.rows.len() as i64]);
        for row in &imbalance.rows {
            self.list(&[i64::from(row.row), row.steps.len() as i64]);
            for step in &row.steps {
                self.list(&step.above);
                self.list(&step.price);
            }
        }
    }
}
