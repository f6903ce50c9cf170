"""Writes expected.json: what scikit-learn says of the fixed matrix of ../reference.rs.

    python3 make.py > expected.json
"""

import json
import sys

import numpy as np
import sklearn
from sklearn._loss import HalfMultinomialLoss
from sklearn.linear_model import LogisticRegression
from sklearn.linear_model._linear_loss import LinearModelLoss

ROWS, COLUMNS, CLASSES = 60, 25, 3


def fixed():
    """The matrix, classes and row weights; the same integers as `fixed` in ../reference.rs."""
    state = 1

    def below(n):
        nonlocal state
        state = (state * 1103515245 + 12345) % 2**31
        return (state >> 16) % n

    x, y, weights = np.zeros((ROWS, COLUMNS)), [], []
    for i in range(ROWS):
        for j in range(COLUMNS):
            if below(4) == 0:
                x[i, j] = (below(9) - 4) / 4
        draw = below(10)
        y.append(0 if draw < 2 else 1 if draw < 7 else 2)
        weights.append((1 + below(8)) / 4)
    return x, np.array(y), np.array(weights)


def main():
    x, y, weights = fixed()

    # a point of no meaning, laid out [column][class], intercepts last
    point = np.array([(i * 37 % 101 - 50) / 100 for i in range((COLUMNS + 1) * CLASSES)])
    coef = point.reshape(COLUMNS + 1, CLASSES).T
    loss = LinearModelLoss(HalfMultinomialLoss(n_classes=CLASSES), fit_intercept=True)
    total = weights.sum()
    # scikit-learn divides by the total of the weights
    value, gradient = loss.loss_gradient(
        np.asfortranarray(coef), x, y.astype(float), sample_weight=weights, l2_reg_strength=0.7 / total
    )

    fits = []
    for l2 in (0.1, 1.0, 10.0):
        for balanced in (False, True):
            for weighted in (False, True):
                model = LogisticRegression(
                    C=1 / l2,
                    tol=1e-10,
                    max_iter=100_000,
                    solver="newton-cholesky",
                    class_weight="balanced" if balanced else None,
                )
                model.fit(x, y, sample_weight=weights if weighted else None)
                fits.append(
                    {
                        "l2": l2,
                        "balanced": balanced,
                        "weighted": weighted,
                        "probabilities": model.predict_proba(x).round(10).tolist(),
                    }
                )

    json.dump(
        {
            "scikit_learn": sklearn.__version__,
            "loss": value * total,
            "gradient": (np.asarray(gradient).T * total).ravel().tolist(),
            "fits": fits,
        },
        sys.stdout,
        indent=None,
    )
    print()


if __name__ == "__main__":
    main()
