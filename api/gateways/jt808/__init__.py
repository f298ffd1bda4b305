"""JT/T 808, what vehicle terminals in China speak (headers of 2011, 2013 and 2019): bytes in, values out."""
