// Every drawn sign, as path data: used by the page (SVG) and by the map's canvas (Path2D) alike.

/** Status shapes on a 16 grid, filled. Each can be told from the others without any colour. */
export const GLYPHS = {
  available: "M8 2.2a5.8 5.8 0 1 1 0 11.600a5.8 5.8 0 0 1 0-11.600z",
  offered:
    "M8 1.800a6.2 6.2 0 1 1 0 12.400a6.2 6.2 0 0 1 0-12.400z M8 3.800v8.400a4.2 4.2 0 0 0 0-8.400z",
  moving: "M3.5 1.800L14 8L3.5 14.200z",
  on_scene: "M8 1L15 8L8 15L1 8z",
  loaded: "M2.5 2.500h11v11h-11z",
  off: "M2 6.600h12v2.800H2z",
  broken: "M3.6 1.500L8 5.900L12.4 1.500L14.5 3.600L10.1 8L14.5 12.400L12.4 14.500L8 10.100L3.6 14.500L1.5 12.400L5.9 8L1.5 3.600z",
  held: "M8 1L15.5 14.500H0.500z M7.1 5.800v4.200h1.800V5.800z M7.1 11v1.800h1.800V11z",
  done: "M1.5 8.600L3.6 6.500L6.4 9.300L12.4 3.300L14.5 5.400L6.4 13.500z",
};

/** What a unit is, on a 16 grid: a cross for ambulances, a hook for tow trucks. */
export const KINDS = {
  ambulance: { path: "M6 2.500h4V6h3.500v4H10v3.500H6V10H2.500V6H6z", stroke: false },
  tow: { path: "M8.5 2v4.200c0 1 .5 1.3 1.4 1.800a3.4 3.4 0 1 1-5.1 2.9", stroke: true },
};

/** Line icons on a 24 grid. */
export const ICONS = {
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  back: "M15 5l-7 7 7 7",
  check: "M5 12.500l4.5 4.500L19 7.5",
  pin: "M12 21s-6.5-6-6.5-11a6.5 6.5 0 1 1 13 0c0 5-6.5 11-6.5 11zM12 12.200a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.400z",
  clock: "M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7.500V12l3 2",
  sun: "M12 16.500a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12 2v2.500M12 19.500V22M2 12h2.500M19.5 12H22M5 5l1.7 1.700M17.3 17.300L19 19M5 19l1.7-1.700M17.3 6.700L19 5",
  moon: "M19.5 14.500A8 8 0 0 1 9.5 4.500a8 8 0 1 0 10 10z",
  globe: "M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM3.5 12h17M12 3.500c2.5 2.6 3.5 5.4 3.5 8.500s-1 5.9-3.5 8.500c-2.5-2.6-3.5-5.4-3.5-8.500s1-5.9 3.5-8.500z",
  list: "M8.5 6.500H20M8.5 12H20M8.5 17.500H20M4 6.500h.5M4 12h.5M4 17.500h.5",
  map: "M9 4L3.5 6v14L9 18l6 2 5.5-2V4L15 6 9 4zM9 4v14M15 6v14",
  units: "M3 16V7.500h10.500V16M13.5 10.500h4L20.5 14v2h-2M3 16h1.500M9.5 16h4.500M7 18a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM16.2 18a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  link: "M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3A4 4 0 0 0 11 18.700l1-1",
  leave: "M14 4h4.500v16H14M10.5 8L6.5 12l4 4M6.5 12H15",
  chevron: "M9 5l7 7-7 7",
  phone: "M6.5 3.500H9L10.5 8 8.5 9.500a11 11 0 0 0 6 6L16 13.500l4.5 1.500v2.500c0 1.5-1 2.5-2.5 2.500A14 14 0 0 1 4 6c0-1.5 1-2.5 2.5-2.500z",
  warning: "M12 4L2.5 20h19L12 4zM12 10v4.500M12 17.300v.2",
  target: "M12 18a6 6 0 1 0 0-12 6 6 0 0 0 0 12zM12 2v4M12 18v4M2 12h4M18 12h4",
};
