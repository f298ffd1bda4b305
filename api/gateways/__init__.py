"""Every way in for positions: our JSON, the OsmAnd protocol, JT/T 808; one intake behind them all."""
