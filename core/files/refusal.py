"""Why a file is not read, in sentences for the seller: what it is, and what to do next."""

from __future__ import annotations

from core.contracts.text import Text
from core.files import limits


class FileRefused(Exception):
    """The file cannot be read as a table. `text` says why, `detail` is for the log only."""

    def __init__(self, text: Text, detail: str = "") -> None:
        super().__init__(text.en)
        self.text = text
        self.detail = detail


_SAVE_AS = Text(
    " 엑셀에서 'Excel 통합 문서(.xlsx)'로 다시 저장해 주세요.",
    " In Excel, save it again as 'Excel Workbook (.xlsx)'.",
)


def _save_as(ko: str, en: str) -> Text:
    return Text(ko + _SAVE_AS.ko, en + _SAVE_AS.en)


NO_PARSER = Text(
    "이 파일을 읽는 플러그인을 쓸 수 없습니다. 플러그인 화면에서 이유를 확인해 주세요.",
    "The plugin that reads this file cannot be used. Plugins says why.",
)
EMPTY = Text(
    "빈 파일입니다. 내용이 있는 파일을 다시 내려받아 올려 주세요.",
    "The file is empty. Download it again and upload the one with content.",
)
NO_ROWS = Text(
    "파일에 값이 하나도 없습니다. 내용이 있는 파일을 올려 주세요.",
    "The file holds no values. Upload one with content.",
)
TOO_BIG = Text(
    f"파일이 {limits.MOST_BYTES // 2**20} MB보다 큽니다. 나누어서 올려 주세요.",
    f"The file is larger than {limits.MOST_BYTES // 2**20} MB. Upload it in parts.",
)
INFLATED = Text(
    "압축을 풀면 {size} MB가 되는 파일이라 열지 않았습니다. 쓰지 않는 행과 시트를 지우고 "
    "다시 저장해 주세요.",
    "Unpacked, the file would take {size} MB, so it was not opened. Delete the rows and sheets "
    "that are not used and save it again.",
)
MEMBERS = Text(
    "압축 안에 파일이 너무 많아 열지 않았습니다 (최대 {most}개). 표가 든 파일 하나만 올려 주세요.",
    "There are too many files inside the archive to open it ({most} at most). Upload only the "
    "one with the table.",
)
NOT_ONE = Text(
    "압축 파일 안에 파일이 {count}개 있습니다. 표가 든 파일 하나만 올려 주세요.",
    "The archive holds {count} files. Upload only the one with the table.",
)
NESTED = Text(
    "압축 파일 안에 또 압축 파일이 있어 열지 않았습니다. 압축을 풀어 표가 든 파일만 올려 주세요.",
    "There is an archive inside the archive, so it was not opened. Unpack it and upload only the "
    "file with the table.",
)
DAMAGED = Text(
    "파일이 손상되어 열 수 없습니다. 다시 내려받거나, 엑셀에서 열어 다시 저장해 주세요.",
    "The file is damaged and cannot be opened. Download it again, or open it in Excel and save "
    "it again.",
)
MACRO = _save_as("매크로가 든 파일은 열지 않습니다.", "Files with macros are not opened.")
LINKS = Text(
    "다른 파일이나 외부 데이터에 연결된 파일은 열지 않습니다. 엑셀의 [데이터] - [연결 편집]에서 "
    "연결을 끊고 다시 저장해 주세요.",
    "Files that are linked to other files or outside data are not opened. Break the links in "
    "Excel under Data - Edit Links and save it again.",
)
ENCRYPTED = Text(
    "암호가 걸린 파일입니다. 암호를 풀고 다시 저장해 주세요.",
    "The file is protected by a password. Remove the password and save it again.",
)
NOT_A_TABLE = Text(
    "표 파일이 아니라 {what} 파일입니다. 엑셀이나 CSV 파일을 올려 주세요.",
    "This is no table but a file of {what}. Upload an Excel or CSV file.",
)
OTHER_TABLE = _save_as("{what} 형식은 읽지 못합니다.", "The format {what} cannot be read.")
UNKNOWN = Text(
    "엑셀, HTML 표, CSV 가운데 어느 것도 아닌 파일입니다. 엑셀이나 CSV 파일을 올려 주세요.",
    "The file is neither Excel, nor an HTML table, nor CSV. Upload an Excel or CSV file.",
)
NO_TABLE = Text(
    "HTML 파일에 표가 없습니다. 로그인 화면이나 오류 화면이 저장된 것은 아닌지 확인해 주세요.",
    "There is no table in the HTML file. Check whether a login or error page was saved instead.",
)
NO_SHEET = Text(
    "시트 '{sheet}'가 파일에 없습니다. 시트와 열을 다시 골라 주세요.",
    "There is no sheet '{sheet}' in the file. Choose the sheet and the columns again.",
)
OPEN_QUOTE = Text(
    "{row}번째 줄에서 시작한 따옴표가 닫히지 않았습니다. 그 칸을 고쳐 다시 올려 주세요.",
    "A quote that begins in line {row} is never closed. Mend that cell and upload again.",
)
FAR = Text(
    "시트 '{sheet}'의 값이 {cell} 칸까지 흩어져 있어 펼칠 수 없습니다. 멀리 떨어진 칸을 지우고 "
    "다시 저장해 주세요.",
    "The values of sheet '{sheet}' reach as far as cell {cell}, too far to be laid out. Delete "
    "what stands far away and save it again.",
)
ROWS = Text(
    f"{limits.MOST_ROWS:,}행이 넘는 파일입니다. 나누어서 올려 주세요.",
    f"The file has more than {limits.MOST_ROWS:,} rows. Upload it in parts.",
)
COLUMNS = Text(
    f"열이 {limits.MOST_COLUMNS:,}개가 넘는 파일입니다. 필요한 열만 남겨 다시 올려 주세요.",
    f"The file has more than {limits.MOST_COLUMNS:,} columns. Keep only those that are needed.",
)
TOLD = Text(
    f"파일의 값을 모두 펼치면 {limits.MOST_TOLD // 2**20} MB가 넘습니다. 긴 글이 든 열을 지우거나 "
    "나누어서 올려 주세요.",
    f"Laid out, the values of the file take more than {limits.MOST_TOLD // 2**20} MB. Delete "
    "columns of long texts, or upload it in parts.",
)
MEMORY = Text(
    f"파일을 펼치는 데 메모리가 {limits.MEMORY // 2**20} MB보다 많이 필요합니다. 쓰지 않는 시트, "
    "행, 열을 지우거나 나누어서 올려 주세요.",
    f"Laying out the file takes more than {limits.MEMORY // 2**20} MB of memory. Delete sheets, "
    "rows and columns that are not used, or upload it in parts.",
)
SLOW = Text(
    "파일을 읽는 데 너무 오래 걸려 그만두었습니다. 나누어서 올려 주세요.",
    "Reading the file took too long and was given up. Upload it in parts.",
)
STOPPED = Text(
    "파일을 읽는 프로그램이 도중에 멈추었습니다. 다시 올려 주세요. 되풀이되면 파일을 엑셀에서 "
    "열어 다시 저장해 주세요.",
    "The program that reads the file stopped half-way. Upload it again; if that repeats, open "
    "the file in Excel and save it again.",
)
HEADERS = Text(
    "필요한 열을 찾지 못했습니다: {missing}. 어느 열인지 직접 골라 주세요.",
    "Columns that are needed were not found: {missing}. Choose them by hand.",
)
