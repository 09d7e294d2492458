//! Which part of the drawing is seen, and how large.

/// Smallest and largest zoom.
const ZOOM_MIN: f64 = 0.1;
const ZOOM_MAX: f64 = 4.0;
/// Below this zoom names can no longer be read, so that fitting stops here and the rest is panned to.
const ZOOM_LEGIBLE: f64 = 0.7;
/// Fitting never makes a small map larger than its texts are meant to be.
const ZOOM_FIT_MAX: f64 = 1.25;
/// Space left around the drawing when it is fitted, in screen pixels.
const MARGIN_PX: f64 = 12.0;
/// At least so many pixels of the drawing stay on the screen.
const KEEP_PX: f64 = 80.0;

/// A size in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Size {
    /// Width.
    pub(crate) width: f64,
    /// Height.
    pub(crate) height: f64,
}

/// The transformation from the drawing to the screen: `screen = drawing × zoom + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Viewport {
    /// Screen x of the drawing's left edge.
    pub(crate) x: f64,
    /// Screen y of the drawing's top edge.
    pub(crate) y: f64,
    /// Screen pixels a drawing pixel.
    pub(crate) zoom: f64,
}

impl Default for Viewport {
    fn default() -> Self {
        Self { x: 0.0, y: 0.0, zoom: 1.0 }
    }
}

impl Viewport {
    /// Returns the viewport that shows the whole drawing, or, where that could not be read, its left part.
    pub(crate) fn fitted(drawing: Size, screen: Size) -> Self {
        if drawing.width <= 0.0 || drawing.height <= 0.0 || screen.width <= 0.0 || screen.height <= 0.0 {
            return Self::default();
        }
        let by_width = (screen.width - 2.0 * MARGIN_PX) / drawing.width;
        let by_height = (screen.height - 2.0 * MARGIN_PX) / drawing.height;
        let zoom = by_width.min(by_height).clamp(ZOOM_LEGIBLE, ZOOM_FIT_MAX);
        let center = |screen: f64, drawing: f64| ((screen - drawing * zoom) / 2.0).max(MARGIN_PX);
        Self { x: center(screen.width, drawing.width), y: center(screen.height, drawing.height), zoom }
    }

    /// Moves the drawing by screen pixels.
    pub(crate) fn panned(self, dx: f64, dy: f64) -> Self {
        Self { x: self.x + dx, y: self.y + dy, ..self }
    }

    /// Zooms by a factor, so that the drawing's point under the screen point stays there.
    pub(crate) fn zoomed(self, factor: f64, at_x: f64, at_y: f64) -> Self {
        let zoom = (self.zoom * factor).clamp(ZOOM_MIN, ZOOM_MAX);
        let real = zoom / self.zoom;
        Self { x: at_x - (at_x - self.x) * real, y: at_y - (at_y - self.y) * real, zoom }
    }

    /// Keeps some of the drawing on the screen.
    pub(crate) fn kept(self, drawing: Size, screen: Size) -> Self {
        let keep = |offset: f64, drawing: f64, screen: f64| {
            let keep = KEEP_PX.min(screen / 2.0);
            offset.clamp((keep - drawing * self.zoom).min(0.0), (screen - keep).max(0.0))
        };
        Self {
            x: keep(self.x, drawing.width, screen.width),
            y: keep(self.y, drawing.height, screen.height),
            zoom: self.zoom,
        }
    }

    /// Moves just so far that a box of the drawing is on the screen.
    pub(crate) fn revealing(self, x: f64, y: f64, size: Size, screen: Size) -> Self {
        let shift = |low: f64, length: f64, screen: f64| {
            let high = low + length;
            if low < MARGIN_PX || length > screen - 2.0 * MARGIN_PX {
                MARGIN_PX - low
            } else if high > screen - MARGIN_PX {
                screen - MARGIN_PX - high
            } else {
                0.0
            }
        };
        let dx = shift(self.screen_x(x), size.width * self.zoom, screen.width);
        let dy = shift(self.screen_y(y), size.height * self.zoom, screen.height);
        self.panned(dx, dy)
    }

    /// Screen x of a drawing x.
    pub(crate) fn screen_x(self, x: f64) -> f64 {
        x * self.zoom + self.x
    }

    /// Screen y of a drawing y.
    pub(crate) fn screen_y(self, y: f64) -> f64 {
        y * self.zoom + self.y
    }

    /// Drawing x of a screen x.
    pub(crate) fn drawing_x(self, x: f64) -> f64 {
        (x - self.x) / self.zoom
    }

    /// The transformation as an SVG attribute.
    pub(crate) fn transform(self) -> String {
        format!("translate({:.2} {:.2}) scale({:.4})", self.x, self.y, self.zoom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Size = Size { width: 800.0, height: 600.0 };

    #[test]
    fn fitting_shows_all_of_it_in_the_middle() {
        let fitted = Viewport::fitted(Size { width: 1_000.0, height: 400.0 }, SCREEN);
        assert!((fitted.zoom - 0.776).abs() < 1e-9, "the width decides, got {}", fitted.zoom);
        assert!((fitted.screen_x(1_000.0) - 788.0).abs() < 1e-9, "a margin stays at the right");
        assert!((fitted.screen_y(200.0) - 300.0).abs() < 1e-9, "the middle is in the middle");
    }

    #[test]
    fn fitting_never_makes_texts_unreadable() {
        let fitted = Viewport::fitted(Size { width: 10_000.0, height: 400.0 }, SCREEN);
        assert!((fitted.zoom - ZOOM_LEGIBLE).abs() < 1e-9, "it stops where names can still be read");
        assert!((fitted.x - MARGIN_PX).abs() < 1e-9, "and begins at the left");
        assert_eq!(Viewport::fitted(Size::default(), SCREEN), Viewport::default(), "nothing to fit");
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let before = Viewport { x: 30.0, y: -20.0, zoom: 0.8 };
        let after = before.zoomed(1.5, 200.0, 100.0);
        assert!(
            (after.drawing_x(200.0) - before.drawing_x(200.0)).abs() < 1e-9,
            "the same point is under the pointer"
        );
        let most = before.zoomed(1e9, 200.0, 100.0);
        assert!((most.zoom - ZOOM_MAX).abs() < 1e-9, "zoom has an end");
        assert!((most.drawing_x(200.0) - before.drawing_x(200.0)).abs() < 1e-9, "also there the point stays");
    }

    #[test]
    fn the_drawing_cannot_be_lost() {
        let drawing = Size { width: 1_000.0, height: 400.0 };
        let kept = Viewport { x: 5_000.0, y: -5_000.0, zoom: 1.0 }.kept(drawing, SCREEN);
        assert!((kept.x - (800.0 - KEEP_PX)).abs() < 1e-9, "its left edge stays in sight");
        assert!((kept.y - (KEEP_PX - 400.0)).abs() < 1e-9, "its lower edge stays in sight");
    }

    #[test]
    fn revealing_moves_no_more_than_needed() {
        let box_size = Size { width: 100.0, height: 40.0 };
        let view = Viewport::default();
        assert_eq!(view.revealing(200.0, 200.0, box_size, SCREEN), view, "what is seen stays where it is");
        let moved = view.revealing(780.0, 200.0, box_size, SCREEN);
        assert!((moved.x + 92.0).abs() < 1e-9, "just to the margin, got {}", moved.x);
    }
}
