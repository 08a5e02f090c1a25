// Line icons on a grid of 16, drawn for this page. Always beside words, so screen readers skip them.

const PATHS = {
  overview: "M2.5 9.5h4v4h-4zM9.5 2.5h4v11h-4zM2.5 2.5h4v4h-4z",
  decisions: "M2.5 4h11M2.5 8h11M2.5 12h7",
  review: "M3 8.5l3 3 7-7.5",
  quality: "M2.5 2.5v11h11M5 10.5l2.5-3 2 1.5 3.5-5",
  frontier: "M2.5 2.5v11h11M4.5 11.5c1-4.500 3.500-7 8-7.500",
  models: "M8 2l5.500 3v6L8 14l-5.500-3V5zM8 8l5.500-3M8 8L2.500 5M8 8v6",
  keys: "M6.500 9.500a3 3 0 1 1 0-4.200l.5.600h6.500v2.500h-1.500v1.500h-2v-1.500h-3z",
  providers: "M2.500 3h11v4h-11zM2.500 9h11v4h-11zM5 5h.1M5 11h.1",
  config: "M2.500 4.500h5M10.500 4.500h3M2.500 11.500h3M8.500 11.500h5M9 3v3M7 10v3",
  audit: "M4 2.500h6l2.500 2.500v8.500H4zM6.500 7.500h3.500M6.500 10.500h3.500",
  playground: "M4.500 3l8 5-8 5z",
  check: "M3 8.500l3 3 7-7.500",
  copy: "M5.500 5.500h8v8h-8zM10.500 5.500v-3h-8v8h3",
  alert: "M8 2.500l6 11H2zM8 6.500v3.500M8 11.900v.1",
  close: "M4 4l8 8M12 4l-8 8",
  chart: "M2.500 13.500v-5M6.200 13.500v-9M9.800 13.500v-6M13.500 13.500v-11",
  table: "M2.500 3.500h11v9h-11zM2.500 6.500h11M6.500 6.500v6",
  download: "M8 2.500v7.500M5 7.500l3 3 3-3M2.500 13.500h11",
  sun: "M8 5.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5M8 1.500v1.500M8 13v1.500M1.500 8H3M13 8h1.500M3.400 3.400l1 1M11.600 11.600l1 1M12.600 3.400l-1 1M4.400 11.600l-1 1",
  moon: "M13 9.500A5.500 5.500 0 0 1 6.500 3 5.500 5.500 0 1 0 13 9.500z",
  auto: "M8 2.500a5.500 5.500 0 1 0 0 11zM8 2.500a5.500 5.500 0 0 1 0 11",
  out: "M6.500 2.500h-4v11h4M10 5l3 3-3 3M13 8H6",
  pause: "M5 3v10M11 3v10",
  menu: "M2.500 4.500h11M2.500 8h11M2.500 11.500h11",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
