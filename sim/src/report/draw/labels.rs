//! Places labels beside points so that they cover neither each other nor a point.

/// A rectangle of the drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Area {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Area {
    /// The square around a disc.
    pub(in crate::report) fn around((x, y): (f64, f64), radius: f64) -> Area {
        Area {
            x: x - radius,
            y: y - radius,
            width: 2.0 * radius,
            height: 2.0 * radius,
        }
    }

    pub(in crate::report) fn overlaps(&self, other: &Area) -> bool {
        self.x < other.x + other.width
            && other.x < self.x + self.width
            && self.y < other.y + other.height
            && other.y < self.y + self.height
    }
}

/// Where a label went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::report) struct Place {
    /// What it covers.
    pub(in crate::report) area: Area,
    /// Left end of its base line.
    pub(in crate::report) base: (f64, f64),
    /// Where a line to its point ends, if it stands away from it.
    pub(in crate::report) leader: Option<(f64, f64)>,
}

/// The free room of a drawing.
#[derive(Debug, Clone)]
pub(in crate::report) struct Room {
    width: f64,
    height: f64,
    taken: Vec<Area>,
    avoided: Vec<Area>,
}

/// Directions in which a label may stand from its point, the preferred one first.
const DIRECTIONS: [(f64, f64); 8] = [
    (1.0, 0.0),
    (-1.0, 0.0),
    (0.0, -1.0),
    (0.0, 1.0),
    (0.7, -0.8),
    (0.7, 0.8),
    (-0.7, -0.8),
    (-0.7, 0.8),
];

impl Room {
    /// All of a drawing but the areas that are taken; those avoided are covered only if need be.
    pub(in crate::report) fn new(
        (width, height): (f64, f64),
        taken: Vec<Area>,
        avoided: Vec<Area>,
    ) -> Room {
        Room {
            width,
            height,
            taken,
            avoided,
        }
    }

    /// Takes room for `text` in letters of `size` at one of the distances `gaps` from a point with
    /// that radius; `None` when there is none.
    pub(in crate::report) fn place(
        &mut self,
        point: (f64, f64),
        radius: f64,
        (text, size): (&str, f64),
        gaps: &[f64],
    ) -> Option<Place> {
        let (width, height) = (text_width(text, size), size * 1.25);
        let tries = gaps
            .iter()
            .flat_map(|gap| DIRECTIONS.map(|direction| (*gap, direction)));
        let places = tries.map(|(gap, direction)| {
            let area = beside(point, radius + gap, direction, (width, height));
            let base = (area.x, area.y + height * 0.8);
            let end = nearest(&area, point);
            let leader = (gap > gaps[0]).then_some(end);
            Place { area, base, leader }
        });
        let free: Vec<Place> = places.filter(|place| self.is_free(&place.area)).collect();
        let clear = free
            .iter()
            .find(|place| !self.avoided.iter().any(|a| a.overlaps(&place.area)));
        let place = *clear.or(free.first())?;
        self.taken.push(place.area);
        Some(place)
    }

    fn is_free(&self, area: &Area) -> bool {
        let inside = area.x >= 2.0
            && area.y >= 2.0
            && area.x + area.width <= self.width - 2.0
            && area.y + area.height <= self.height - 2.0;
        inside && !self.taken.iter().any(|taken| taken.overlaps(area))
    }
}

/// An area that far from a point in that direction.
fn beside(
    (x, y): (f64, f64),
    distance: f64,
    (right, down): (f64, f64),
    (width, height): (f64, f64),
) -> Area {
    let place = |at: f64, towards: f64, length: f64| match towards {
        0.0 => at - length / 2.0,
        towards if towards > 0.0 => at + towards * distance,
        towards => at + towards * distance - length,
    };
    Area {
        x: place(x, right, width),
        y: place(y, down, height),
        width,
        height,
    }
}

/// The point of an area that is nearest to another point.
fn nearest(area: &Area, (x, y): (f64, f64)) -> (f64, f64) {
    (
        x.clamp(area.x, area.x + area.width),
        y.clamp(area.y, area.y + area.height),
    )
}

/// Width of a text, on the safe side: Chinese letters are square, others about half as wide.
pub(in crate::report) fn text_width(text: &str, size: f64) -> f64 {
    let letters = text.chars().map(|letter| match letter {
        letter if letter as u32 >= 0x2e80 => 1.02,
        'm' | 'w' | 'M' | 'W' => 0.86,
        letter if letter.is_uppercase() => 0.68,
        _ => 0.58,
    });
    letters.sum::<f64>() * size
}

/// The text cut to that many letters' width.
pub(in crate::report) fn shortened(text: &str, size: f64, width_max: f64) -> String {
    let mut text = text.to_owned();
    if text_width(&text, size) <= width_max {
        return text;
    }
    while !text.is_empty() && text_width(&text, size) + size > width_max {
        text.pop();
    }
    format!("{}…", text.trim_end())
}
