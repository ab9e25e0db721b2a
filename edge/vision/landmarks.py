"""Lays the face mesh over a detected face, and reads five points and the head's turn from it.

Kartynnik et al., "Real-time Facial Surface Geometry from Monocular Video on Mobile GPUs" (2019): 468 points; the
indices below are that mesh's own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edge.values import Box, Face, Landmarks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.vision.infer import Model

_RIGHT_EYE = [33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7]
_LEFT_EYE = [263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249]
_NOSE_TIP, _MOUTH_RIGHT, _MOUTH_LEFT, _FOREHEAD, _CHIN = 1, 61, 291, 10, 152
_WORTH, _AGREES = 0.05, 0.75
_ROOM = 1.5  # the crop's side in sides of the detector's box, as the mesh was trained


class Landmarker:
    """Finds the mesh of one face."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._crop = np.empty((model.size[1], model.size[0], 3), np.uint8)

    def __call__(self, picture: NDArray[np.uint8], face: Face) -> Landmarks:
        """Return the mesh of a face.

        Args:
            picture: (height, width, 3) uint8, BGR.
            face: Where the detector saw it, in pixels of the picture.
        """
        mesh = self._lay(picture, face)
        box = framed(mesh)
        # A small face's box is coarse; where the mesh disagrees with it, the mesh is laid again where it says.
        if mesh.presence > _WORTH and box.iou(face.box) < _AGREES:
            return self._lay(picture, Face(box, face.score, five_points(mesh)))
        return mesh

    def _lay(self, picture: NDArray[np.uint8], face: Face) -> Landmarks:
        to_crop = levelled(face, self._model.size[0])
        cv2.warpAffine(picture, to_crop, self._model.size, dst=self._crop, flags=cv2.INTER_LINEAR)
        mesh, presence = self._model.look(self._crop)
        points = mesh.reshape(-1, 3)
        back = cv2.invertAffineTransform(to_crop)
        size = float(np.hypot(back[0, 0], back[1, 0]))
        flat = points[:, :2] @ back[:, :2].T + back[:, 2]
        points = np.concatenate([flat, points[:, 2:] * size], axis=1).astype(np.float32)
        logit = float(np.clip(presence.reshape(-1)[0], -80, 80))
        return Landmarks(points, 1 / (1 + float(np.exp(-logit))))


def framed(mesh: Landmarks) -> Box:
    """Return the square around the mesh's points, as the detector would draw it."""
    low, high = mesh.points[:, :2].min(axis=0).tolist(), mesh.points[:, :2].max(axis=0).tolist()
    x, y = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
    half = max(high[0] - low[0], high[1] - low[1]) / 2
    return Box(x - half, y - half, x + half, y + half)


def levelled(face: Face, side: int) -> NDArray[np.float64]:
    """Return the (2, 3) map from the picture to a square crop, with the eyes level and room around the face.

    Args:
        face: Where the detector saw it.
        side: Pixels of the crop's side.
    """
    right_eye, left_eye = face.keypoints[0], face.keypoints[1]
    along = (left_eye - right_eye).astype(np.float64)
    length = max(float(np.hypot(*along)), 1e-6)
    cos, sin = along / length
    scale = side / (_ROOM * max(face.box.width, face.box.height, 1.0))
    turn = scale * np.array([[cos, sin], [-sin, cos]])
    shift = np.array([side / 2, side / 2]) - turn @ np.array(face.box.centre)
    return np.hstack([turn, shift[:, None]])


def five_points(mesh: Landmarks) -> NDArray[np.float32]:
    """Return (5, 2) float32: right eye, left eye, nose tip, right and left mouth corner, in pixels of the picture.

    Right and left are the person's own; an eye's centre is the mean of its contour.
    """
    points = mesh.points[:, :2]
    return np.stack(
        [
            points[_RIGHT_EYE].mean(axis=0),
            points[_LEFT_EYE].mean(axis=0),
            points[_NOSE_TIP],
            points[_MOUTH_RIGHT],
            points[_MOUTH_LEFT],
        ]
    )


def turn(mesh: Landmarks) -> tuple[float, float]:
    """Return (yaw, pitch) in degrees: to the person's left and upwards are positive, the head's tilt is taken out.

    The face's plane is spanned by the line of the eyes and the line from forehead to chin.
    """
    points = mesh.points
    across = (points[_LEFT_EYE].mean(axis=0) - points[_RIGHT_EYE].mean(axis=0)).tolist()
    down = (points[_CHIN] - points[_FOREHEAD]).tolist()
    normal = (  # the cross product of down and across, towards the camera: z shrinks that way
        down[1] * across[2] - down[2] * across[1],
        down[2] * across[0] - down[0] * across[2],
        down[0] * across[1] - down[1] * across[0],
    )
    tilt = math.atan2(across[1], across[0])
    x = normal[0] * math.cos(tilt) + normal[1] * math.sin(tilt)
    y = -normal[0] * math.sin(tilt) + normal[1] * math.cos(tilt)
    return math.degrees(math.atan2(x, -normal[2])), math.degrees(math.atan2(-y, -normal[2]))
