using System.Runtime.CompilerServices;

namespace Slipway.Engine.Tokenizers;

/// <summary>Fills a vocabulary from tokens and merges spelled in the <see cref="ByteLevelAlphabet"/>, as files have them.</summary>
internal sealed class ByteLevelSpelling(TokenizerVocabulary vocabulary)
{
    private byte[] _scratch = new byte[256];

    /// <summary>
    /// Adds a normal token. One that is not spelled in the alphabet keeps its text, so that it can be decoded; merging
    /// bytes never leads to it.
    /// </summary>
    public void AddToken(int id, ReadOnlySpan<byte> spelling)
    {
        EnsureScratch(spelling.Length);
        if (ByteLevelAlphabet.TryDecode(spelling, _scratch, out var length))
        {
            vocabulary.AddToken(id, _scratch.AsSpan(0, length), TokenKind.Normal);
        }
        else
        {
            vocabulary.AddUnreachableToken(id, spelling);
        }
    }

    /// <summary>Adds a merge written as two spellings with a space between; false as for the two apart, or without a space.</summary>
    public bool TryAddMerge(ReadOnlySpan<byte> merge)
    {
        // Neither part is empty, and the alphabet has no space: the first one after the first character divides.
        var space = merge.Length < 3 ? -1 : merge[1..].IndexOf((byte)' ');
        return space >= 0 && TryAddMerge(merge[..(space + 1)], merge[(space + 2)..]);
    }

    /// <summary>Adds a merge; false when one of its parts or its result is not a token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Hot while loading, before tiering would act.
    public bool TryAddMerge(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        EnsureScratch(left.Length + right.Length);
        if (!ByteLevelAlphabet.TryDecode(left, _scratch, out var leftLength)
            || !ByteLevelAlphabet.TryDecode(right, _scratch.AsSpan(leftLength), out var rightLength))
        {
            return false;
        }

        var joined = _scratch.AsSpan(0, leftLength + rightLength);
        if (Find(joined[..leftLength]) is not int leftId
            || Find(joined[leftLength..]) is not int rightId
            || Find(joined) is not int resultId)
        {
            return false;
        }

        vocabulary.AddMerge(leftId, rightId, resultId);
        return true;
    }

    /// <summary>The normal token with this spelling.</summary>
    public int? FindNormal(ReadOnlySpan<byte> spelling)
    {
        EnsureScratch(spelling.Length);
        return ByteLevelAlphabet.TryDecode(spelling, _scratch, out var length)
            ? vocabulary.Tokens.Find(_scratch.AsSpan(0, length), normal: true)
            : null;
    }

    /// <summary>Added text can be a step of merging as well; a control token never is, or plain text could become one.</summary>
    private int? Find(ReadOnlySpan<byte> bytes) =>
        vocabulary.Tokens.Find(bytes, normal: true) is int normal ? normal
        : vocabulary.Tokens.Find(bytes, normal: false) is int added && vocabulary.Tokens.GetKind(added) == TokenKind.UserDefined ? added
        : null;

    private void EnsureScratch(int length)
    {
        if (length > _scratch.Length)
        {
            _scratch = new byte[length * 2L > Array.MaxLength ? length : length * 2];
        }
    }
}
