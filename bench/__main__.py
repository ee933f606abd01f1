"""``python -m bench``: every measurement, one after the other."""

from bench import index, pipeline

if __name__ == "__main__":
    pipeline.main()
    index.main()
