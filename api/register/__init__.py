"""A city's register as tables that a spreadsheet keeps."""
