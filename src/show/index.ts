/** Pictures: figures that save as PNG or SVG, grids of images, charts, tables. */
export { type BarChartOptions, barChart } from "./bar-chart.js";
export { Figure, type Json, type MimeBundle, type RenderOptions, type VegaLiteSpec } from "./figure.js";
export { type GridImage, type ImageGridOptions, imageGrid } from "./image-grid.js";
export type { ImageMark } from "./image-marks.js";
export type { LegendEntry } from "./legend.js";
export { type LineChartOptions, lineChart, type Series } from "./line-chart.js";
export type { Marker } from "./markers.js";
export { type MatrixChartOptions, matrixChart } from "./matrix-chart.js";
export { encodePng } from "./png.js";
export { type ChartPoint, type PointChartOptions, pointChart } from "./point-chart.js";
export { sideBySide } from "./side-by-side.js";
export { type TableCell, type TableFigureOptions, tableFigure } from "./table-figure.js";
