package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	securejoin "github.com/cyphar/filepath-securejoin"
	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	generator "github.com/fluxcd/pkg/kustomize"
	ssautil "github.com/fluxcd/pkg/ssa/utils"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/kustomize/api/provider"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/api/resource"
)

// build follows reconcile, generate, build and apply of kustomize-controller v1.9.6 (kustomization_controller.go),
// up to the objects that it hands to the server-side apply, without decryption and before they are normalised for that.
func build(value map[string]any, files map[string]string, stored []*unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	var obj kustomizev1.Kustomization
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(value, &obj); err != nil {
		return nil, err
	}
	typed, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&obj)
	if err != nil {
		return nil, err
	}
	kustomization := unstructured.Unstructured{Object: typed}
	reader, err := cluster(stored)
	if err != nil {
		return nil, err
	}

	root, err := os.MkdirTemp("", "flux-oracle-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(root)
	// Kustomize compares paths whose links are followed.
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return nil, err
	}
	if err := write(root, files); err != nil {
		return nil, err
	}
	folder, err := securejoin.SecureJoin(root, obj.Spec.Path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(folder); err != nil {
		return nil, fmt.Errorf("kustomization path not found: %w", err)
	}

	if _, err := generator.NewGenerator(root, kustomization).WriteFile(folder); err != nil {
		return nil, err
	}
	found, err := generator.SecureBuild(root, folder, false)
	if err != nil {
		return nil, fmt.Errorf("kustomize build failed: %w", err)
	}
	if err := postBuild(&obj, kustomization, reader, found); err != nil {
		return nil, err
	}
	text, err := found.AsYaml()
	if err != nil {
		return nil, fmt.Errorf("kustomize build failed: %w", err)
	}
	objects, err := ssautil.ReadObjects(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if common := obj.Spec.CommonMetadata; common != nil {
		ssautil.SetCommonMetadata(objects, common.Labels, common.Annotations)
	}
	return objects, nil
}

func postBuild(obj *kustomizev1.Kustomization, kustomization unstructured.Unstructured, reader client.Client, found resmap.ResMap) error {
	for _, res := range found.Resources() {
		if res.GetName() == "" || res.GetKind() == "" || res.GetApiVersion() == "" {
			return fmt.Errorf("failed to decode Kubernetes apiVersion, kind and name from: %v", res.String())
		}
		if obj.Spec.PostBuild == nil {
			continue
		}
		always := obj.GetSubstituteStrategy() == kustomizev1.SubstituteStrategyAlways
		outRes, err := generator.SubstituteVariables(context.Background(), reader, kustomization, res,
			generator.SubstituteWithAlways(always))
		if err != nil {
			return fmt.Errorf("post build failed for '%s/%s': %w", res.GetGvk(), res.GetName(), err)
		}
		if outRes != nil {
			if _, err := found.Replace(res); err != nil {
				return err
			}
		}
	}
	return nil
}

// cluster has the ConfigMaps and Secrets that variables are read from, as an API server would store them.
func cluster(stored []*unstructured.Unstructured) (client.Client, error) {
	var objects []client.Object
	for _, one := range stored {
		switch one.GetKind() {
		case "ConfigMap":
			var kept corev1.ConfigMap
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(one.Object, &kept); err != nil {
				return nil, err
			}
			objects = append(objects, &kept)
		case "Secret":
			// By way of JSON, as `data` is base64.
			var kept corev1.Secret
			text, err := json.Marshal(one)
			if err != nil {
				return nil, err
			}
			if err := json.Unmarshal(text, &kept); err != nil {
				return nil, err
			}
			for name, value := range kept.StringData {
				if kept.Data == nil {
					kept.Data = map[string][]byte{}
				}
				kept.Data[name] = []byte(value)
			}
			objects = append(objects, &kept)
		default:
			return nil, fmt.Errorf("no variables are read from a %s", one.GetKind())
		}
	}
	return fake.NewClientBuilder().WithObjects(objects...).Build(), nil
}

func write(root string, files map[string]string) error {
	for name, text := range files {
		path, err := securejoin.SecureJoin(root, name)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// substitute does what postBuild does to one object, with inline variables only.
func substitute(object json.RawMessage, variables map[string]string, always bool) (json.RawMessage, string, error) {
	factory := provider.NewDefaultDepProvider().GetResourceFactory()
	found, err := factory.SliceFromBytes(object)
	if err != nil {
		return nil, "", err
	}
	if len(found) != 1 {
		return nil, "", fmt.Errorf("%d objects", len(found))
	}
	res := found[0]
	before, err := res.AsYAML()
	if err != nil {
		return nil, "", err
	}
	inline := map[string]any{}
	for name, value := range variables {
		inline[name] = value
	}
	kustomization := unstructured.Unstructured{Object: map[string]any{
		"spec": map[string]any{"postBuild": map[string]any{"substitute": inline}},
	}}
	outRes, err := generator.SubstituteVariables(context.Background(), nil, kustomization, res,
		generator.SubstituteWithDryRun(true), generator.SubstituteWithAlways(always))
	if err != nil {
		return nil, string(before), err
	}
	if outRes == nil {
		outRes = res
	}
	after, err := asJSON(outRes)
	return after, string(before), err
}

// asJSON reads an object as it is read before it is applied: from the YAML that is built.
func asJSON(res *resource.Resource) (json.RawMessage, error) {
	text, err := res.AsYAML()
	if err != nil {
		return nil, err
	}
	objects, err := ssautil.ReadObjects(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if len(objects) != 1 {
		return nil, fmt.Errorf("%d objects", len(objects))
	}
	return json.Marshal(objects[0])
}
