//! Tables of text, no wider than 100 columns.

use comfy_table::{ContentArrangement, Row, Table, TableComponent, presets};

/// Columns of a terminal that is taken for granted.
const COLUMNS: u16 = 100;

/// A table of words, left-aligned; what does not fit is wrapped.
pub(super) fn table<R: Into<Row>>(header: impl Into<Row>, rows: Vec<R>) -> String {
    let mut table = Table::new();
    table
        .load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(COLUMNS)
        .set_header(header)
        .add_rows(rows);
    table.remove_style(TableComponent::HorizontalLines);
    table.remove_style(TableComponent::MiddleIntersections);
    table.to_string()
}
