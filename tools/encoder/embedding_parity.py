"""Writes texts with the tokens and the vectors that sentence-transformers gives them, for comparing ours with it.

    embedding_parity.py MODEL OUT [--count N] [--seed S] [--data FOLDER] [--onnx GRAPH]

MODEL is a directory; nothing is downloaded. With --onnx the vectors are those that ONNX Runtime computes by the graph that
the directory was made from, and how far sentence-transformers is from them is printed. The texts are sentences in many languages written for this purpose, code,
and mixtures of them from one word to hundreds; with --data or POINTSMAN_DATA also questions from the public sets banking77
and clinc150. A line of the output is the text in hexadecimal digits, a tab, the numbers of its tokens, a tab, its vector.
"""

import argparse
import csv
import json
import os
import random

SENTENCES = """
How do I reset my password when I have lost my phone?
Summarise this contract in five points and tell me what I should ask a lawyer.
Why does my train to Leeds leave an hour later on Sundays?
Explain like I'm five: what is a black hole, and can one come here?
Write a limerick about a cat who audits tax returns.
Is 1,000,003 a prime number? Show the steps.
Wie wird das Wetter morgen in Hamburg, und brauche ich einen Regenschirm?
Schreibe eine höfliche Absage an einen Bewerber, der zu viel Gehalt verlangt.
Quelle est la différence entre « savoir » et « connaître » ?
Propose-moi un menu végétarien pour six personnes.
¿Cuánto cuesta enviar un paquete de dos kilos a Bogotá?
Corrige los errores de esta carta, por favor.
Qual è il modo migliore per imparare a suonare la chitarra?
Como faço para cancelar a minha assinatura sem pagar multa?
Ik wil mijn bestelling retourneren, maar de doos is kapot.
Hvorfor er himmelen blå om dagen og rød om kvelden?
Miksi suomen kielessä on niin monta sijamuotoa?
Jak upiec chleb na zakwasie w zwykłym piekarniku?
Proč se mi po aktualizaci nespustí počítač?
Напиши письмо начальнику с просьбой об отпуске в августе.
Чому кава на висоті смакує інакше?
Ποια είναι η πρωτεύουσα της Νέας Ζηλανδίας;
Bu cümleyi İngilizceye çevir ve yanlışları açıkla.
ما هي أفضل طريقة لتعلم البرمجة من الصفر؟
כמה זמן לוקח לטוס מתל אביב לטוקיו?
भारत में मानसून कब शुरू होता है?
ถ้าฝนตกพรุ่งนี้ควรทำอะไรดี
请把这句话翻译成英文：今天天气很好，我们去公园吧。
東京から大阪まで新幹線でどのくらいかかりますか。
이 함수가 왜 느린지 설명하고 고쳐 주세요.
Tại sao máy tính của tôi kêu to như vậy?
def mean(xs): return sum(xs) / len(xs)  # what happens if xs is empty?
SELECT name, COUNT(*) FROM orders WHERE total > 100.50 GROUP BY name ORDER BY 2 DESC;
error: cannot bind non-const lvalue reference of type 'int&' to an rvalue of type 'int'
for i in $(seq 1 10); do curl -sf https://example.org/$i || echo "failed: $i"; done
{"model": "auto", "messages": [{"role": "user", "content": "hi"}]}
x
?!
👍🏽 ok, 3 pm
""".strip().splitlines()


def public_questions(folder):
    """What is there of the public sets, or nothing."""
    out = []
    banking = os.path.join(folder, "intents", "banking77", "test.csv")
    clinc = os.path.join(folder, "intents", "clinc150", "data_full.json")
    if os.path.exists(banking):
        with open(banking, encoding="utf-8", newline="") as file:
            out += [row["text"] for row in csv.DictReader(file)]
    if os.path.exists(clinc):
        with open(clinc, encoding="utf-8") as file:
            out += [text for text, _ in json.load(file)["test"]]
    return out


def make_texts(count, seed, folder):
    rng = random.Random(seed)
    public = public_questions(folder) if folder else []
    texts = SENTENCES + rng.sample(public, min(len(public), count * 2 // 3))
    words = [word for sentence in SENTENCES for word in sentence.split()]
    while len(texts) < count:
        if rng.random() < 0.3:
            texts.append(" ".join(rng.choices(words, k=rng.randrange(1, 40))))
        else:
            texts.append(" ".join(rng.choices(SENTENCES, k=rng.choice([1, 2, 2, 3, 5, 8, 20]))))
    return texts[:count]


def by_graph(graph, ids, pooling):
    """The vectors of texts, one after the other, by an ONNX graph that ends in a vector for each token."""
    import numpy
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    out = []
    for text in ids:
        row = numpy.array([text], dtype=numpy.int64)
        inputs = {"input_ids": row, "attention_mask": numpy.ones_like(row), "token_type_ids": numpy.zeros_like(row)}
        states = session.run(None, {given.name: inputs[given.name] for given in session.get_inputs()})[0][0]
        vector = states[0] if pooling == "cls" else states.mean(axis=0)
        out.append(vector / numpy.linalg.norm(vector))
    return numpy.stack(out)


def pooling_of(model):
    with open(os.path.join(model, "1_Pooling", "config.json"), encoding="utf-8") as file:
        return "cls" if json.load(file)["pooling_mode_cls_token"] else "mean"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", default=os.environ.get("POINTSMAN_DATA", ""))
    parser.add_argument("--onnx")
    arguments = parser.parse_args()

    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    reference = SentenceTransformer(arguments.model, device="cpu", local_files_only=True)
    texts = make_texts(arguments.count, arguments.seed, arguments.data)
    vectors = reference.encode(texts, batch_size=16, normalize_embeddings=True)
    prompt = reference.prompts.get(reference.default_prompt_name, "")
    length = reference.max_seq_length
    ids = [reference.tokenizer(prompt + text, truncation=True, max_length=length)["input_ids"] for text in texts]
    if arguments.onnx:
        graph = by_graph(arguments.onnx, ids, pooling_of(arguments.model))
        print(f"sentence-transformers and the graph: least cosine {(vectors * graph).sum(axis=1).min():.7f}")
        vectors = graph
    with open(arguments.out, "w", encoding="ascii") as out:
        for text, row, vector in zip(texts, ids, vectors):
            numbers = " ".join(f"{x:.9g}" for x in vector)
            out.write(f"{text.encode().hex()}\t{' '.join(map(str, row))}\t{numbers}\n")


if __name__ == "__main__":
    main()
