/** Address of the schema that our chart specifications follow. */
export const vegaLiteSchema = "https://vega.github.io/schema/vega-lite/v5.json";
