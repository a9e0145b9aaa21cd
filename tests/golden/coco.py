"""Random detections, and how good they are by COCO's own program: writes coco.json.

    pip install pycocotools numpy
    python tests/golden/coco.py

Boxes have small whole coordinates and scores few values, so that scores are equal, a detection fits several things
equally well, and many an IoU is exactly a threshold. pycocotools takes 0.01 * 35 and nine other recalls from
`linspace`, some 1e-16 too high; here they are hundredths.
"""

import contextlib, io, json, pathlib, random
import numpy
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

CLASSES = 3


def box():
    x, y = random.randrange(3, 12), random.randrange(3, 12)
    return [x, y, x + random.choice([1, 2, 4, 5, 10, 20]), y + random.choice([1, 2, 5, 10])]


def moved(bounds):
    """The same box, one that is narrower by 1, or one that is a little aside."""
    x1, y1, x2, y2 = bounds
    dx, dy = random.choice([-1, 0, 1]), random.choice([-1, 0, 1])
    return random.choice([bounds, [x1, y1, max(x2 - 1, x1 + 1), y2], [x1 + dx, y1 + dy, x2 + dx, y2 + dy]])


def case():
    truth, found = [], []
    for _ in range(random.randrange(1, 4)):
        things = [[random.randrange(CLASSES), *box()] for _ in range(random.randrange(5))]
        things += [[c, *moved(bounds)] for c, *bounds in things if random.random() < 0.4]
        detections = []
        for _ in range(random.randrange(3)):  # 10 … 19 twentieths of a thing
            c, x = random.randrange(CLASSES), random.randrange(1, 40)
            things.append([c, x, 30, x + 20, 31])
            detections.append([c, random.randrange(1, 9), x, 30, x + random.randrange(10, 20), 31])
        for c, *bounds in things:
            detections += [[c, random.randrange(1, 9), *moved(bounds)] for _ in range(random.randrange(3))]
        random.shuffle(things)
        random.shuffle(detections)
        truth.append(things)
        found.append(detections)
    return truth, found


def xywh(x1, y1, x2, y2):
    return [x1, y1, x2 - x1, y2 - y1]


def judged(truth, found):
    things = [(image, *thing) for image, things in enumerate(truth) for thing in things]
    annotations = [
        {"id": i + 1, "image_id": image, "category_id": c, "bbox": xywh(*bounds), "iscrowd": 0,
         "area": (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])}
        for i, (image, c, *bounds) in enumerate(things)
    ]
    detections = [
        {"image_id": image, "category_id": c, "bbox": xywh(*bounds), "score": score / 8}
        for image, detections in enumerate(found) for c, score, *bounds in detections
    ]
    coco = COCO()
    coco.dataset = {"images": [{"id": i} for i in range(len(truth))], "annotations": annotations,
                    "categories": [{"id": c} for c in range(CLASSES)]}
    coco.createIndex()
    evaluation = COCOeval(coco, coco.loadRes(detections), "bbox")
    evaluation.params.recThrs = numpy.arange(101) / 100
    evaluation.evaluate()
    evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, -1]  # threshold, recall, class; all sizes, 100 detections
    by_class = [[None if p < 0 else p for p in precision[:, :, c].mean(1).tolist()] for c in range(CLASSES)]
    return by_class, precision[precision > -1].mean()


random.seed(0)
cases = []
while len(cases) < 60:
    truth, found = case()
    if any(truth) and any(found):
        with contextlib.redirect_stdout(io.StringIO()):
            by_class, all_of_them = judged(truth, found)
        cases.append({"truth": truth, "found": found, "by_class": by_class, "all": all_of_them})
text = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
pathlib.Path(__file__).with_name("coco.json").write_text(f"[\n{text}\n]\n")
