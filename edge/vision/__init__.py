"""From a frame to a sighting: detect, follow, align, judge the view, judge liveness, embed, match."""
