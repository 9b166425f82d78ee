/** The views, in the order of their tabs and of the keys 1 to 7. */
import { audit } from "../audit/view.tsx";
import { forecasts } from "../forecasts/view.tsx";
import { health } from "../health/view.tsx";
import { ledger } from "../ledger/view.tsx";
import { models } from "../models/view.tsx";
import { network } from "../network/view.tsx";
import { station } from "../station/view.tsx";
import type { View } from "./view.ts";

export const VIEWS: readonly View[] = [
  network,
  station,
  forecasts,
  ledger,
  audit,
  models,
  health,
];
