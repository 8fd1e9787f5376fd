"""Facts of many learners laid out as columns in a folder, once, to be decided from again and again."""
